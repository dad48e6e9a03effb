import type { Learned, TextResult } from "../06-text.ts";
import type { Report } from "../lib/part.ts";
import { CONTEXT } from "../lib/readers.ts";
import { chart, color } from "./charts.ts";
import { scientific } from "./gradient-checking-section.ts";
import { heatImage } from "./heat-image.ts";
import { type Html, html } from "./html.ts";
import { card, figure, note, section } from "./parts.ts";

function textCard({ bigram, recurrent, attentive }: TextResult): Html {
  return card("text", "Verse", html`${recurrent.loss.toFixed(2)} nats`, [
    html`per character of what a GRU never saw, a transformer ${attentive.loss.toFixed(2)};`,
    html`counting pairs comes to ${bigram.toFixed(2)}`,
  ]);
}

async function textSection(result: TextResult): Promise<Html> {
  const { characters, bigram, trigram, recurrent, attentive, prompt, attention, check } = result;
  const count = (number: number): string => number.toLocaleString("en");
  return section(
    6,
    "text",
    "Verse, a character at a time",
    html`A GRU and a transformer read nine tenths of Milton’s <i>Paradise Lost</i>, ${count(characters.train)} characters, and learn
      to say which comes next. They are judged by the ${count(characters.validation)} that follow, of which they saw nothing: a
      loss of L nats means that the character that came had a probability of <span class="formula">e<sup>−L</sup></span>, by the
      geometric mean. Then they go on from a line that they never saw.`,
    html`
      <div class="columns">${[recurrent, attentive].map((learned) => writing(prompt, learned))}</div>
      <div class="columns">
        ${figure(
          await losses(result),
          html`<b>Losses by step</b>, of mini-batches; dots are the loss on the rest of the poem, ${recurrent.loss.toFixed(3)} for the
            GRU and ${attentive.loss.toFixed(3)} for the transformer. Counting which character follows which comes to
            ${bigram.toFixed(3)}, counting runs of three to ${trigram.toFixed(3)}.`,
        )}
        ${figure(
          heads(attention.heads),
          html`<b>Who attends to whom</b>, by the four heads of the last layer. Rows are characters that look, columns those that
            they look at; the darker, the more. Nobody sees what comes later.`,
        )}
      </div>
      ${figure(
        glances(attention),
        html`<b>What the heads look at</b> when the last of these characters has been read and the next is to be said.`,
      )}
      ${note(
        "A cache of fixed length",
        html`To write, the transformer keeps the keys and values of all that it has read, so that each new character costs one
          step and not a whole reading. The cache has a place for every character from the beginning, and a mask says which count: the
          last ${CONTEXT}, as in training. No shape ever changes, and one compiled program writes the whole text. The gradient of
          the trained transformer, checked in float64 against differences, is right to
          <b>${scientific(check.difference)}</b>.`,
      )}
    `,
  );
}

/** What a model wrote, after what it was given. */
function writing(prompt: string, { name, loss, written, parameters, seconds }: Learned): Html {
  return figure(
    html`<blockquote class="verse"><span class="given">${prompt}</span>${written.trimEnd()} …</blockquote>`,
    html`<b>The ${name} writes</b>, after the line in grey. ${parameters.toLocaleString("en")} parameters, trained for
      ${seconds.toFixed(0)} seconds, to ${loss.toFixed(3)} nats per character.`,
  );
}

function losses({ bigram, trigram, recurrent, attentive }: TextResult): Promise<Html> {
  const models = [recurrent, attentive];
  const x = { field: "step", type: "quantitative" as const, title: "step" };
  const y = { field: "loss", type: "quantitative" as const, title: "nats per character", scale: { zero: false } };
  const hue = {
    field: "name",
    type: "nominal" as const,
    scale: { domain: models.map(({ name }) => name), range: [color.class1, color.class0] },
  };
  const last = Math.max(...models.map(({ curve }) => curve.at(-1)![0]));
  return chart(
    {
      width: 400,
      height: 300,
      layer: [
        {
          data: { values: models.flatMap(({ name, curve }) => curve.map(([step, loss]) => ({ name, step, loss }))) },
          mark: { type: "line" },
          encoding: { x, y, color: hue },
        },
        {
          data: { values: models.map(({ name, curve, loss }) => ({ name, step: curve.at(-1)![0], loss })) },
          mark: { type: "point", filled: true, size: 70 },
          encoding: { x, y, color: hue },
        },
        {
          data: {
            values: [
              { loss: bigram, what: "pairs, counted" },
              { loss: trigram, what: "threes, counted" },
            ],
          },
          layer: [
            { mark: { type: "rule", color: color.muted, strokeDash: [4, 3] }, encoding: { y } },
            {
              mark: { type: "text", align: "right", dy: -7, color: color.muted },
              encoding: { x: { datum: last, type: "quantitative" }, y, text: { field: "what" } },
            },
          ],
        },
      ],
    },
    "Losses on verse by step",
  );
}

type Heads = TextResult["attention"]["heads"];

/** The square root of a weight shows small ones, too. */
const shade = (weight: number): number => Math.sqrt(weight);

function heads(all: Heads): Html {
  return html`<div class="heads">${all.map((rows, i) =>
    heatImage(
      rows.map((row) => row.map(shade)),
      `Attention of head ${i + 1}`,
      "1 / 1",
    ),
  )}</div>`;
}

/** The text once for each head, in which characters are marked by how much the last of them attends to them. */
function glances({ text, heads: all }: TextResult["attention"]): Html {
  const characters = Array.from(text);
  return html`<ol class="glances">${all.map(
    (rows) =>
      html`<li>${characters.map(
        (character, i) =>
          html`<span style="--weight: ${shade(rows.at(-1)![i]!).toFixed(2)}">${character === "\n" ? "⏎" : character}</span>`,
      )}</li>`,
  )}</ol>`;
}

export const textReport: Report<TextResult> = {
  card: textCard,
  section: textSection,
  json: ({ characters, bigram, trigram, recurrent, attentive, prompt, check, repeatable }) => ({
    characters,
    bigram,
    trigram,
    recurrent,
    attentive,
    prompt,
    gradientCheck: { difference: check.difference, elements: check.elements, epsilon: check.epsilon },
    repeatable,
  }),
};
