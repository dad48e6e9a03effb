import { encode } from "fast-png";
import { Html } from "./html.ts";

/** Colours of −1, 0 and 1: the two classes of the page, in a shade that light and dark pages can bear. */
const ENDS = [
  [59, 111, 212],
  [246, 244, 239],
  [224, 123, 57],
] as const;

/** Rows of values from −1 to 1 as a picture of colours, stretched to the width of its place. */
export function heatImage(rows: readonly (readonly number[])[], label: string, ratio = "2 / 1"): Html {
  const [height, width] = [rows.length, rows[0]!.length];
  const data = new Uint8Array(3 * width * height);
  rows.flat().forEach((value, i) => {
    const at = Math.min(1, Math.max(-1, value)) + 1;
    const [from, to] = at < 1 ? [ENDS[0], ENDS[1]] : [ENDS[1], ENDS[2]];
    for (let c = 0; c < 3; c++)
      data[3 * i + c] = Math.round(from[c]! + (to[c]! - from[c]!) * (at % 1 || Number(at === 2)));
  });
  const png = encode({ width, height, data, channels: 3, depth: 8 });
  const base64 = Buffer.from(png.buffer, png.byteOffset, png.byteLength).toString("base64");
  return new Html(
    `<img class="heat" style="aspect-ratio: ${ratio}" alt="${label}" src="data:image/png;base64,${base64}">`,
  );
}
