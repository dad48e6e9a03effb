import { styleText } from "node:util";
import Table from "cli-table3";

type Style = Parameters<typeof styleText>[0];

/** Text in a style where the output is a terminal, and as it is elsewhere. */
const styled = (style: Style, text: string): string => (process.stdout.isTTY ? styleText(style, text) : text);

export const bold = (text: string): string => styled("bold", text);
export const dim = (text: string): string => styled("dim", text);
export const red = (text: string): string => styled("red", text);
export const green = (text: string): string => styled("green", text);

/** A heading with space above. */
export function heading(number: number, title: string): void {
  console.log(`\n${styled(["bold", "cyan"], `${number} · ${title}`)}`);
}

/** A table whose first column is text and whose others are numbers. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const lines = new Table({
    head: head.map(bold),
    colAligns: head.map((_, i) => (i === 0 ? "left" : "right")),
    style: { head: [], border: process.stdout.isTTY ? ["grey"] : [], compact: true },
    chars: {
      left: "  ",
      right: "",
      "left-mid": "  ",
      "right-mid": "",
      "top-left": "  ",
      "top-right": "",
      "bottom-left": "  ",
      "bottom-right": "",
    },
  });
  for (const row of rows) lines.push([...row]);
  console.log(lines.toString());
}

/** 0.9933 as 99.33%. */
export const percent = (share: number, digits = 2): string => `${(100 * share).toFixed(digits)}%`;
