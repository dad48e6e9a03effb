import { readFileSync } from "node:fs";
import { Html, html } from "./html.ts";

/** The whole report as one file that needs nothing else: styles, charts and images are inside. */
export function reportPage(
  parts: readonly { readonly card: Html; readonly section: Html }[],
  { quick, seconds }: { readonly quick: boolean; readonly seconds: number },
): string {
  const style = new Html(readFileSync(new URL("./page.css", import.meta.url), "utf8"));
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Tapegrad: demo report</title>
<style>${style}</style>
</head>
<body>
<main>
  <header class="masthead">
    <p class="brand">${logo} Tapegrad</p>
    <h1>Gradients you can trust, and what they learn</h1>
    <p class="lead">${parts.length === 1 ? "An experiment" : `${parts.length} experiments`}, run a moment ago by a tensor framework in TypeScript: forward on plain typed
      arrays, backward along a recorded tape. Every number and picture below comes from that run of
      ${seconds.toFixed(0)} seconds on a CPU.</p>
    ${quick ? html`<p class="banner"><b>Quick run.</b> Trainings were cut short; the numbers are not those of the full run.</p>` : ""}
  </header>
  <nav class="cards" aria-label="Main results">${parts.map(({ card }) => card)}</nav>
  ${parts.map(({ section }) => section)}
  <footer>
    <p>Run it again with <code>pnpm demo</code>; the numbers are also in <code>report.json</code>. Points of sections 2 and 3
      are synthetic. Digits are real: 10,000 images of the MNIST database (LeCun, Cortes, Burges). Verse is John Milton’s
      <i>Paradise Lost</i> of 1667, in the edition of Project Gutenberg.</p>
  </footer>
</main>
</body>
</html>
`.markup;
}

/** A reel of tape. */
const logo = html`<svg viewBox="0 0 32 32" aria-hidden="true"><circle cx="13" cy="13" r="11" fill="none" stroke="currentColor" stroke-width="3"/><circle cx="13" cy="13" r="3.2" fill="currentColor"/><path d="M13 24h17" stroke="currentColor" stroke-width="3" stroke-linecap="round"/></svg>`;
