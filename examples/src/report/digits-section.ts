import type { DigitsResult, Mistake } from "../04-digits.ts";
import type { Report } from "../lib/part.ts";
import { percent } from "../lib/terminal.ts";
import { chart, color } from "./charts.ts";
import { digitImage } from "./digit-image.ts";
import { scientific } from "./gradient-checking-section.ts";
import { type Html, html } from "./html.ts";
import { card, figure, note, section } from "./parts.ts";

const SHOWN_MISTAKES = 30;

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
          await learningCurves(result),
          html`<b>Learning.</b> Accuracy after each epoch, without dropout. The training set is soon known by heart; the
            test set says what was understood.`,
        )}
        ${figure(
          await confusionChart(result.confusion),
          html`<b>What is taken for what.</b> Rows are the digits that were meant, columns what was read. The diagonal is
            right; the rest are ${mistakes.length} mistakes.`,
        )}
      </div>
      ${figure(
        html`<ol class="mistakes">${mistakes.slice(0, SHOWN_MISTAKES).map(mistake)}</ol>`,
        html`<b>${mistakes.length > SHOWN_MISTAKES ? `The ${SHOWN_MISTAKES} most confident of ${mistakes.length}` : `All ${mistakes.length}`}
          mistakes.</b> First what the network read and how sure it was, then what was meant. Some of them are hard for
          people, too.`,
      )}
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

function mistake({ image, actual, predicted, confidence }: Mistake): Html {
  return html`<li>${digitImage(image, `a ${actual}, read as ${predicted}`)}
    <span><b>${predicted}</b> ${(100 * confidence).toFixed(0)} %</span><span class="quiet">is a ${actual}</span></li>`;
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

function learningCurves({ history }: DigitsResult): Promise<Html> {
  const values = history.flatMap(({ epoch, trainAccuracy, testAccuracy }) => [
    { epoch, accuracy: trainAccuracy, set: "training set" },
    { epoch, accuracy: testAccuracy, set: "test set" },
  ]);
  const lowest = Math.min(0.9, Math.floor(20 * Math.min(...values.map(({ accuracy }) => accuracy))) / 20);
  return chart(
    {
      width: 400,
      height: 330,
      data: { values },
      mark: { type: "line", point: { size: 34, filled: true } },
      encoding: {
        x: {
          field: "epoch",
          type: "quantitative",
          title: "epoch",
          scale: { domain: [1, history.length], nice: false },
          axis: { tickMinStep: 1, tickCount: 10, format: "d", grid: false },
        },
        y: {
          field: "accuracy",
          type: "quantitative",
          title: "accuracy",
          scale: { domain: [lowest, 1], nice: false },
          axis: { format: "%", tickCount: 6 },
        },
        color: {
          field: "set",
          scale: { domain: ["training set", "test set"], range: [color.muted, color.accent] },
          legend: { symbolType: "circle" },
        },
      },
    },
    "Accuracy by epoch",
  );
}

function confusionChart(confusion: DigitsResult["confusion"]): Promise<Html> {
  const values = confusion.flatMap((row, actual) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, predicted) => ({
      actual,
      predicted,
      count,
      share: count / Math.max(total, 1),
      isRight: actual === predicted,
    }));
  });
  const mistakes = Math.max(1, ...values.filter(({ isRight }) => !isRight).map(({ count }) => count));
  const ordinal = { type: "ordinal" as const, axis: { labelAngle: 0, ticks: false, domain: false, labelFontSize: 12 } };
  return chart(
    {
      width: 380,
      height: 330,
      data: { values },
      encoding: {
        x: { field: "predicted", title: "read as", ...ordinal },
        y: { field: "actual", title: "meant", ...ordinal },
      },
      layer: [
        {
          transform: [{ filter: "datum.isRight" }],
          mark: { type: "rect", color: color.accent, cornerRadius: 3, stroke: color.surface, strokeWidth: 1.5 },
          encoding: {
            opacity: {
              field: "share",
              type: "quantitative",
              scale: { domain: [0.6, 1], range: [0.1, 0.85], clamp: true },
              legend: null,
            },
          },
        },
        {
          transform: [{ filter: "!datum.isRight" }],
          mark: { type: "rect", color: color.bad, cornerRadius: 3, stroke: color.surface, strokeWidth: 1.5 },
          encoding: {
            fillOpacity: {
              field: "count",
              type: "quantitative",
              scale: { domain: [0, mistakes], range: [0.03, 0.75] },
              legend: null,
            },
          },
        },
        {
          transform: [{ filter: "datum.count > 0" }],
          mark: { type: "text", fontSize: 11.5 },
          encoding: {
            text: { field: "count", type: "quantitative" },
            color: { condition: { test: "datum.isRight", value: color.surface }, value: color.ink },
          },
        },
      ],
    },
    "Confusion matrix",
  );
}

export const digitsReport: Report<DigitsResult> = {
  card: digitsCard,
  section: digitsSection,
  json: ({ check, mistakes: _, samples: __, ...numbers }) => ({
    ...numbers,
    gradientCheck: { difference: check.difference, elements: check.elements, epsilon: check.epsilon },
  }),
};
