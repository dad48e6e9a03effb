import { encode } from "fast-png";
import { SIDE } from "../lib/digits.ts";
import { Html } from "./html.ts";

/** A digit as an inline image: black ink of growing opacity, so that the page decides on the paper. */
export function digitImage(image: readonly number[], label: string): Html {
  const data = new Uint8Array(2 * SIDE * SIDE);
  image.forEach((ink, i) => {
    data[2 * i + 1] = Math.round(255 * ink);
  });
  const png = encode({ width: SIDE, height: SIDE, data, channels: 2, depth: 8 });
  const base64 = Buffer.from(png.buffer, png.byteOffset, png.byteLength).toString("base64");
  return new Html(
    `<img class="digit" width="${SIDE}" height="${SIDE}" alt="${label}" src="data:image/png;base64,${base64}">`,
  );
}
