import { readFileSync } from "node:fs";
import { digitsCard, digitsSection } from "./digits-section.ts";
import { gradientCheckingCard, gradientCheckingSection } from "./gradient-checking-section.ts";
import { Html, html } from "./html.ts";
import { initializationCard, initializationSection } from "./initialization-section.ts";
import { regularizationCard, regularizationSection } from "./regularization-section.ts";
import type { DemoResults } from "./results.ts";

/** The whole report as one file that needs nothing else: styles, charts and images are inside. */
export async function reportPage(results: DemoResults): Promise<string> {
  const { gradientCheck, initialization, regularization, digits, quick, seconds } = results;
  const style = new Html(readFileSync(new URL("./page.css", import.meta.url), "utf8"));
  const cards = [
    ...(gradientCheck ? [gradientCheckingCard(gradientCheck)] : []),
    ...(initialization ? [initializationCard(initialization)] : []),
    ...(regularization ? [regularizationCard(regularization)] : []),
    ...(digits ? [digitsCard(digits)] : []),
  ];
  const sections = [
    ...(gradientCheck ? [await gradientCheckingSection(gradientCheck)] : []),
    ...(initialization ? [await initializationSection(initialization, quick)] : []),
    ...(regularization ? [await regularizationSection(regularization)] : []),
    ...(digits ? [await digitsSection(digits)] : []),
  ];
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
    <p class="lead">Four classic experiments, run a moment ago by a tensor framework in TypeScript: forward on plain typed
      arrays, backward along a recorded tape. Every number and picture below comes from that run of
      ${seconds.toFixed(0)} seconds on a CPU.</p>
    ${quick ? html`<p class="banner"><b>Quick run.</b> Trainings were cut short; the numbers are not those of the full run.</p>` : ""}
  </header>
  <nav class="cards" aria-label="Main results">${cards}</nav>
  ${sections}
  <footer>
    <p>Run it again with <code>pnpm demo</code>; the numbers are also in <code>report.json</code>. Points of sections 2 and 3
      are synthetic. The digits are real: 10,000 images of the MNIST database (LeCun, Cortes, Burges).</p>
  </footer>
</main>
</body>
</html>
`.markup;
}

/** A reel of tape. */
const logo = html`<svg viewBox="0 0 32 32" aria-hidden="true"><circle cx="13" cy="13" r="11" fill="none" stroke="currentColor" stroke-width="3"/><circle cx="13" cy="13" r="3.2" fill="currentColor"/><path d="M13 24h17" stroke="currentColor" stroke-width="3" stroke-linecap="round"/></svg>`;
