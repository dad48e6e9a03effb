import { type AutoencoderResult, DRAWS, EDGE, type Place } from "../07-autoencoder.ts";
import { CLASSES } from "../lib/digits.ts";
import type { Report } from "../lib/part.ts";
import { chart, color } from "./charts.ts";
import { mosaicImage } from "./digit-image.ts";
import { scientific } from "./gradient-checking-section.ts";
import { type Html, html } from "./html.ts";
import { card, figure, note, section } from "./parts.ts";

/** With a minus sign, as the axes have it. */
export const signed = (value: number, digits = 1): string => value.toFixed(digits).replace("-", "−");

function autoencoderCard({ models, baseline }: AutoencoderResult): Html {
  const best = models.at(-1)!;
  return card("autoencoder", "An autoencoder", `${signed(best.elbo, 0)} nats`, [
    html`of ELBO by a code of ${best.latent} numbers;`,
    html`each pixel by itself has ${signed(baseline, 0)}`,
  ]);
}

async function autoencoderSection(result: AutoencoderResult): Promise<Html> {
  const { models, check } = result;
  const [flat, deep] = models as [(typeof models)[0], (typeof models)[0]];
  return section(
    7,
    "autoencoder",
    "Digits out of a few numbers",
    html`A variational autoencoder draws a code of a few numbers from a normal distribution and makes a digit of it. Which codes
      could have made a given digit is learned at the same time, by a lower bound of the digit’s log-likelihood. The draw
      <span class="formula">z = μ + σ ε</span> takes its ε from a key, so that gradients flow through it. Two of them
      learn from ${result.examples.toLocaleString("en")} digits: one with codes of ${flat.latent} numbers, a map, and one
      with ${deep.latent}.`,
    html`
      <div class="columns">
        ${figure(
          mosaicImage(result.plane, Math.sqrt(result.plane.length), "Digits by code"),
          html`<b>The map, decoded.</b> Every place is a code of ${flat.latent} numbers, up to ±${EDGE} standard deviations, and
            shows what the decoder makes of it. Digits turn into each other.`,
        )}
        ${figure(
          await mapChart(result.places),
          html`<b>The map, encoded.</b> Where the encoder puts ${result.tested.toLocaleString("en")} digits that it has never
            seen. It was never told which digit is which: they find together because they look alike.`,
        )}
      </div>
      ${figure(
        mosaicImage([result.originals, ...result.reconstructions].flat(), result.originals.length, "Reconstructions"),
        html`<b>Through the code and back.</b> Unseen digits above; in the middle what a code of ${flat.latent} numbers keeps of
          their 784 pixels; below what one of ${deep.latent} keeps.`,
      )}
      <div class="columns">
        ${figure(
          mosaicImage(result.samples, 10, "Invented digits"),
          html`<b>Digits that nobody wrote.</b> Codes of ${deep.latent} numbers drawn from the normal distribution. Some of them are
            no digits yet: not every code lies near one that was seen.`,
        )}
        ${figure(
          mosaicImage(result.interpolations.flat(), result.interpolations[0]!.length, "From digit to digit"),
          html`<b>From one digit to another</b>, in equal steps of the code. Left and right are codes of unseen digits.`,
        )}
      </div>
      <div class="columns">
        ${figure(
          await boundChart(result),
          html`<b>Learning.</b> The bound of log p(x) by epoch: thin lines on what it learns from, thick ones on digits kept back.`,
        )}
        ${likelihoodTable(result)}
      </div>
      ${note(
        "A gradient through chance",
        html`With its keys fixed, the cost is a function like any other, and its gradient can be checked: ${check.elements}
          elements of the trained network in float64, through the drawn pixels and codes, differ from differences by
          <b>${scientific(check.difference)}</b>. The same seed gives the same parameters,
          ${result.reproducible ? "to the last bit" : "but DID NOT"}.`,
      )}
    `,
  );
}

/** Ten hues that keep apart on light and on dark pages. */
const HUES = [
  "#3b6fd4",
  "#e07b39",
  "#2f9e6b",
  "#d1495b",
  "#8e6bd1",
  "#9a7355",
  "#d977b5",
  "#8a9099",
  "#b5a42e",
  "#2fa7b8",
];

function mapChart(places: readonly Place[]): Promise<Html> {
  const axis = { format: "d", tickCount: 7 };
  return chart(
    {
      width: 400,
      height: 400,
      data: { values: places.map(({ x, y, label }) => ({ x, y, label: String(label) })) },
      mark: { type: "point", filled: true, size: 14, opacity: 0.75, clip: true },
      encoding: {
        x: { field: "x", type: "quantitative", title: "first number", scale: { domain: [-4, 4] }, axis },
        y: { field: "y", type: "quantitative", title: "second number", scale: { domain: [-4, 4] }, axis },
        color: {
          field: "label",
          type: "nominal",
          scale: { domain: Array.from({ length: CLASSES }, (_, digit) => String(digit)), range: HUES },
          legend: { columns: CLASSES, symbolOpacity: 1 },
        },
      },
    },
    "Codes of unseen digits",
  );
}

function boundChart({ models, baseline }: AutoencoderResult): Promise<Html> {
  const hue = {
    field: "code",
    scale: { domain: models.map(({ latent }) => `a code of ${latent}`), range: [color.class1, color.accent] },
  };
  const values = models.flatMap(({ latent, history }) =>
    history.map(({ epoch, train, validation }) => ({ epoch, train, validation, code: `a code of ${latent}` })),
  );
  const x = { field: "epoch", type: "quantitative" as const, title: "epoch", axis: { format: "d", grid: false } };
  const top = Math.ceil(Math.max(...values.map(({ train }) => train)) / 10) * 10 + 5;
  const y = {
    type: "quantitative" as const,
    title: "nats",
    scale: { domain: [Math.min(baseline - 10, top - 20), top] },
  };
  const line = { type: "line" as const, clip: true };
  return chart(
    {
      width: 400,
      height: 280,
      layer: [
        {
          data: { values: [{ y: baseline, text: "each pixel by itself" }] },
          layer: [
            { mark: { type: "rule", color: color.muted, strokeDash: [4, 4] }, encoding: { y: { field: "y", ...y } } },
            {
              mark: { type: "text", align: "right", baseline: "bottom", dy: -4, color: color.muted },
              encoding: { x: { value: 396 }, y: { field: "y", ...y }, text: { field: "text" } },
            },
          ],
        },
        {
          data: { values },
          layer: [
            {
              mark: { ...line, strokeWidth: 1, opacity: 0.7 },
              encoding: { x, y: { field: "train", ...y }, color: hue },
            },
            { mark: line, encoding: { x, y: { field: "validation", ...y }, color: hue } },
          ],
        },
      ],
    },
    "Bounds by epoch",
  );
}

function likelihoodTable({ models, baseline, tested, seconds }: AutoencoderResult): Html {
  const row = (name: string, ...values: readonly string[]): Html =>
    html`<tr><th scope="row">${name}</th>${values.map((value) => html`<td class="number">${value}</td>`)}</tr>`;
  return html`<div class="scroll"><table class="facts">
    <caption>log p(x) of ${tested.toLocaleString("en")} unseen digits in black and white, in nats. The second bound is by
      ${DRAWS} draws of each code.</caption>
    <thead><tr><th></th><th class="number">ELBO</th><th class="number">tighter</th></tr></thead>
    <tbody>${row("each pixel by itself", "", signed(baseline))}
      ${models.map((of) => row(`a code of ${of.latent}`, signed(of.elbo), signed(of.logLikelihood)))}
      ${row("time of training", "", `${seconds.toFixed(0)} s`)}</tbody></table></div>`;
}

export const autoencoderReport: Report<AutoencoderResult> = {
  card: autoencoderCard,
  section: autoencoderSection,
  json: ({ models, baseline, check, seconds, fingerprint, reproducible }) => ({
    models,
    baseline,
    seconds,
    fingerprint,
    reproducible,
    gradientCheck: { difference: check.difference, elements: check.elements, epsilon: check.epsilon },
  }),
};
