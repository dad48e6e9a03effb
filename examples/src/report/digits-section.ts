import type { DigitsResult } from "../04-digits.ts";
import type { Report } from "../lib/part.ts";
import { percent } from "../lib/terminal.ts";
import { color } from "./charts.ts";
import { confusionChart } from "./confusion-chart.ts";
import { digitImage } from "./digit-image.ts";
import { scientific } from "./gradient-checking-section.ts";
import { type Html, html } from "./html.ts";
import { learningChart } from "./learning-chart.ts";
import { mistakesFigure } from "./mistakes-figure.ts";
import { card, figure, note, section } from "./parts.ts";

function digitsCard({ testAccuracy, testExamples, seconds }: DigitsResult): Html {
  return card("digits", "Handwritten digits", percent(testAccuracy), [
    html`of ${testExamples.toLocaleString("en")} real digits that it has never seen,`,
    html`after ${seconds.toFixed(0)} seconds of training`,
  ]);
}

async function digitsSection(result: DigitsResult): Promise<Html> {
  const { samples, mistakes, trainExamples, testExamples, check } = result;
  return section(
    4,
    "digits",
    "Handwritten digits",
    html`Everything together, on real data: ${(trainExamples + testExamples).toLocaleString("en")} digits that people wrote
      by hand, from the MNIST database. A network of ${result.parameters.toLocaleString("en")} parameters learns from
      ${trainExamples.toLocaleString("en")} of them, with He’s initialization, dropout, an L2 penalty and Adam, and is
      tested on the other ${testExamples.toLocaleString("en")}. It never learns from those; but its settings were chosen
      among about a dozen by this same test, so that the accuracy is slightly flattering.`,
    html`
      ${figure(
        html`<div class="samples">${samples.map(({ image, label }) => digitImage(image, `a ${label}`))}</div>`,
        html`<b>Some of what it learns from.</b> Images of 28 × 28 grey values, one number per pixel.`,
      )}
      <div class="columns">
        ${figure(
          await learningChart(
            [
              { label: "training set", color: color.muted, accuracies: result.history.map((e) => e.trainAccuracy) },
              { label: "test set", color: color.accent, accuracies: result.history.map((e) => e.testAccuracy) },
            ],
            "Accuracy by epoch",
          ),
          html`<b>Learning.</b> Accuracy after each epoch, without dropout. The training set is soon known by heart; the
            test set says what was understood.`,
        )}
        ${figure(
          await confusionChart(result.confusion, "Confusion matrix"),
          html`<b>What is taken for what.</b> Rows are the digits that were meant, columns what was read. The diagonal is
            right; the rest are ${mistakes.length} mistakes.`,
        )}
      </div>
      ${mistakesFigure(mistakes)}
      <div class="columns">
        ${facts(result)}
        ${note(
          "Are these gradients right, too?",
          html`The check of section 1, on the trained network itself: a copy in float64, ${check.elements} elements sampled
            from its tensors, dropout and penalty switched on. Dropout’s mask is a function of a key and so is the same at
            every evaluation. The difference is <b>${scientific(check.difference)}</b> with ε = 10<sup>−5</sup>.`,
        )}
      </div>
    `,
  );
}

function facts(result: DigitsResult): Html {
  const rows: readonly (readonly [string, string | Html])[] = [
    ["accuracy on the test set", html`<b>${percent(result.testAccuracy)}</b>`],
    ["accuracy on the training set", percent(result.trainAccuracy)],
    ["epochs", String(result.history.length)],
    ["time of training", `${result.seconds.toFixed(1)} s`],
    ["hash of all parameters", html`<code>${result.fingerprint}</code>`],
    ["same seed again", result.reproducible ? "equal to the last bit" : "DIFFERENT"],
  ];
  return html`<div class="scroll"><table class="facts"><tbody>${rows.map(
    ([name, value]) => html`<tr><th scope="row">${name}</th><td class="number">${value}</td></tr>`,
  )}</tbody></table></div>`;
}

export const digitsReport: Report<DigitsResult> = {
  card: digitsCard,
  section: digitsSection,
  json: ({ check, mistakes: _, samples: __, ...numbers }) => ({
    ...numbers,
    gradientCheck: { difference: check.difference, elements: check.elements, epsilon: check.epsilon },
  }),
};
