import type { Mistake } from "../lib/mistakes.ts";
import { digitImage } from "./digit-image.ts";
import { type Html, html } from "./html.ts";
import { figure } from "./parts.ts";

const SHOWN = 30;

/** The most confident mistakes, each with what was read and what was meant. */
export function mistakesFigure(mistakes: readonly Mistake[]): Html {
  return figure(
    html`<ol class="mistakes">${mistakes.slice(0, SHOWN).map(mistake)}</ol>`,
    html`<b>${mistakes.length > SHOWN ? `The ${SHOWN} most confident of ${mistakes.length}` : `All ${mistakes.length}`}
      mistakes.</b> First what the network read and how sure it was, then what was meant. Some of them are hard for
      people, too.`,
  );
}

function mistake({ image, actual, predicted, confidence }: Mistake): Html {
  return html`<li>${digitImage(image, `a ${actual}, read as ${predicted}`)}
    <span><b>${predicted}</b> ${(100 * confidence).toFixed(0)} %</span><span class="quiet">is a ${actual}</span></li>`;
}
