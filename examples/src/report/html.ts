/** A piece of HTML. Only `html` makes one, so that text cannot be taken for markup. */
export class Html {
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }
}

type Piece = Html | string | number | readonly Piece[];

/**
 * Markup with values in it. Text is escaped, pieces of HTML stay, arrays are joined.
 * @example
 * html`<p>${"a < b"}</p>`.markup; // <p>a &lt; b</p>
 */
export function html(strings: TemplateStringsArray, ...values: readonly Piece[]): Html {
  return new Html(strings.reduce((markup, text, i) => markup + show(values[i - 1]!) + text));
}

function show(piece: Piece): string {
  if (piece instanceof Html) return piece.markup;
  if (typeof piece === "object") return piece.map(show).join("");
  return String(piece).replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
