import type { ConvolutionResult, Salient } from "../05-convolution.ts";
import type { Report } from "../lib/part.ts";
import { percent } from "../lib/terminal.ts";
import { color } from "./charts.ts";
import { confusionChart } from "./confusion-chart.ts";
import { digitImage } from "./digit-image.ts";
import { scientific } from "./gradient-checking-section.ts";
import { heatImage } from "./heat-image.ts";
import { type Html, html } from "./html.ts";
import { learningChart } from "./learning-chart.ts";
import { mistakesFigure } from "./mistakes-figure.ts";
import { card, figure, note, section } from "./parts.ts";

function convolutionCard({ testAccuracy, testExamples, seconds }: ConvolutionResult): Html {
  return card("convolution", "Convolution", percent(testAccuracy), [
    html`of ${testExamples.toLocaleString("en")} unseen digits,`,
    html`after ${seconds.toFixed(0)} seconds of training`,
  ]);
}

async function convolutionSection(result: ConvolutionResult): Promise<Html> {
  const { trainExamples, validationExamples, testExamples, history, check } = result;
  return section(
    5,
    "convolution",
    "A convolutional network",
    html`Pixels that are neighbours belong together, and a digit that moves is the same digit: a convolution has both built in.
      With ${result.parameters.toLocaleString("en")} parameters, two layers of kernels, batch normalization and random
      shifts, ${trainExamples.toLocaleString("en")} digits to learn from are enough for ${percent(result.testAccuracy)} of
      ${testExamples.toLocaleString("en")} unseen ones. Settings were chosen by ${validationExamples.toLocaleString("en")}
      others, kept back for that.`,
    html`
      <div class="columns">
        ${figure(
          await learningChart(
            [
              { label: "training set", color: color.muted, accuracies: history.map((e) => e.trainAccuracy) },
              { label: "validation set", color: color.accent, accuracies: history.map((e) => e.validationAccuracy) },
            ],
            "Accuracy of the convolutional network by epoch",
          ),
          html`<b>Learning.</b> Accuracy after each epoch, by running statistics and without dropout. What it learns from is
            shifted anew at each step, so that it cannot be known by heart.`,
        )}
        ${figure(
          await confusionChart(result.confusion, "Confusion matrix of the convolutional network"),
          html`<b>What is taken for what.</b> Rows are the digits that were meant, columns what was read. The diagonal is
            right; the rest are ${result.mistakes.length} mistakes.`,
        )}
      </div>
      ${figure(
        html`<ol class="salient">${result.salient.map(salient)}</ol>`,
        html`<b>What it looks at.</b> Below each digit the gradient of its answer by its pixels, over noisy copies: more ink would
          help where it is orange, and harm where it is blue.`,
      )}
      <div class="columns">
        ${figure(
          html`<div class="filters">${result.filters.map((rows, i) => heatImage(rows, `Kernel ${i + 1}`, "1 / 1"))}</div>`,
          html`<b>What the first layer has learned to see.</b> Its ${result.filters.length} kernels: ink is asked for where
            they are orange, paper where they are blue. Some are edges, or strokes of one direction.`,
        )}
        ${layerTable(result)}
      </div>
      ${mistakesFigure(result.mistakes)}
      ${note(
        "Gradients through statistics",
        html`In training, batch normalization makes every image depend on every other one. The check of section 1 goes
          through it: ${check.elements} elements of the trained network in float64, with batch statistics, random shifts,
          dropout and smoothing. The difference is <b>${scientific(check.difference)}</b>.`,
      )}
    `,
  );
}

function salient({ image, label, gradient }: Salient): Html {
  const side = Math.sqrt(gradient.length);
  const rows = Array.from({ length: side }, (_, row) => gradient.slice(row * side, (row + 1) * side));
  return html`<li>${digitImage(image, `a ${label}`)}${heatImage(rows, `What the answer ${label} depends on`, "1 / 1")}</li>`;
}

/** What each layer gives and costs. */
function layerTable({ layers, parameters, flops }: ConvolutionResult): Html {
  const row = (name: string, shape: string, count: number, operations: number): Html =>
    html`<tr><th scope="row">${name}</th><td class="number">${shape}</td><td class="number">${grouped(count)}</td>
      <td class="number">${grouped(operations)}</td></tr>`;
  return html`<div class="scroll"><table class="facts"><thead><tr><th>layer</th><th class="number">gives</th>
    <th class="number">parameters</th><th class="number">FLOPs</th></tr></thead>
    <tbody>${layers
      .filter(({ path }) => path !== "")
      .map((of) =>
        row(of.layer, of.outputs.map((shape) => shape.slice(1).join("×")).join(), of.parameters, of.flops),
      )}</tbody>
    <tfoot>${row("for one image", "", parameters, flops)}</tfoot></table></div>`;
}

const grouped = (count: number): string => Math.round(count).toLocaleString("en");

export const convolutionReport: Report<ConvolutionResult> = {
  card: convolutionCard,
  section: convolutionSection,
  json: ({ check, mistakes: _, salient: __, filters: ___, layers: ____, ...numbers }) => ({
    ...numbers,
    gradientCheck: { difference: check.difference, elements: check.elements, epsilon: check.epsilon },
  }),
};
