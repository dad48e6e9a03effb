import { type Html, html } from "./html.ts";

/** A main result at the top of the page, which leads to its section. */
export function card(id: string, title: string, value: string | Html, lines: readonly Html[]): Html {
  return html`<a class="card" href="#${id}">
    <h2>${title}</h2>
    <p class="value">${value}</p>
    <p class="lines">${lines.map((line) => html`${line} `)}</p>
  </a>`;
}

/** A numbered section with its introduction. */
export function section(number: number, id: string, title: string, lead: Html, body: Html): Html {
  return html`<section id="${id}">
    <header><span class="ordinal">${number}</span><h2>${title}</h2></header>
    <p class="lead">${lead}</p>
    ${body}
  </section>`;
}

/** A picture with its caption. */
export function figure(picture: Html, caption: Html): Html {
  return html`<figure>${picture}<figcaption>${caption}</figcaption></figure>`;
}

/** A remark beside the text. */
export function note(title: string, text: Html): Html {
  return html`<aside class="note"><h3>${title}</h3><p>${text}</p></aside>`;
}
