import { encode } from "fast-png";
import { SIDE } from "../lib/digits.ts";
import { Html } from "./html.ts";

/** A digit as an inline image: black ink of growing opacity, so that the page decides on the paper. */
export const digitImage = (image: readonly number[], label: string): Html => mosaicImage([image], 1, label, "digit");

/** Digits in rows of so many, as one image. */
export function mosaicImage(
  images: readonly (readonly number[])[],
  columns: number,
  label: string,
  style = "digit mosaic",
): Html {
  const [width, height] = [columns * SIDE, Math.ceil(images.length / columns) * SIDE];
  const data = new Uint8Array(2 * width * height);
  images.forEach((image, at) => {
    const corner = Math.floor(at / columns) * SIDE * width + (at % columns) * SIDE;
    image.forEach((ink, i) => {
      data[2 * (corner + Math.floor(i / SIDE) * width + (i % SIDE)) + 1] = Math.round(255 * ink);
    });
  });
  const png = encode({ width, height, data, channels: 2, depth: 8 });
  const base64 = Buffer.from(png.buffer, png.byteOffset, png.byteLength).toString("base64");
  return new Html(
    `<img class="${style}" width="${width}" height="${height}" alt="${label}" src="data:image/png;base64,${base64}">`,
  );
}
