import type { OutlierResult, Suspect } from "../11-outliers.ts";
import type { Report } from "../lib/part.ts";
import { chart, color } from "./charts.ts";
import { digitImage } from "./digit-image.ts";
import { type Html, html } from "./html.ts";
import { card, figure, note, section } from "./parts.ts";

function outliersCard({ found, planted, auc }: OutlierResult): Html {
  return card("outliers", "Outliers", `${found} of ${planted}`, [
    html`wrong labels found by the longest gradients;`,
    html`AUC ${auc.toFixed(4)}`,
  ]);
}

async function outliersSection(result: OutlierResult): Promise<Html> {
  const { examples, planted, found, suspects, seconds } = result;
  return section(
    11,
    "outliers",
    "Which examples pull hardest",
    html`${planted} of ${examples.toLocaleString("en")} digits were given a wrong label. A small network learns from all of
      them for a short while. Then each example is asked for a gradient of its own,
      <code>vmap(grad(cost))</code>: how hard it pulls at the network. Among the ${planted} longest are ${found} of the wrong
      labels.`,
    html`
      ${figure(
        html`<ol class="mistakes">${suspects.map(suspect)}</ol>`,
        html`<b>The ${suspects.length} longest gradients.</b> First the label that was given, then what the digit is. Where both
          agree, the label is right, and the digit is an odd one.`,
      )}
      <div class="columns">
        ${figure(
          await normsChart(result),
          html`<b>Lengths of gradients</b>, sorted, for right and for wrong labels. The axis is logarithmic.`,
        )}
        ${note(
          "A mean hides its parts",
          html`The gradient of a batch is the mean of these, and a wrong label is one in fifty of it. One function of one
            example, differentiated and then mapped, computes all ${examples.toLocaleString("en")} in
            ${seconds.gradients.toFixed(1)} s, beside ${seconds.training.toFixed(1)} s of training.`,
        )}
      </div>
    `,
  );
}

function suspect({ image, given, truth }: Suspect): Html {
  const isWrong = given !== truth;
  return html`<li>${digitImage(image, `a ${truth}, labelled ${given}`)}
    <span><b>${given}</b></span><span class="quiet">${isWrong ? `is a ${truth}` : "indeed"}</span></li>`;
}

function normsChart({ norms }: OutlierResult): Promise<Html> {
  const rows = (kind: string, values: readonly number[]) =>
    values.map((norm, i) => ({ kind, share: i / (values.length - 1), norm: Math.max(norm, 1e-6) }));
  return chart(
    {
      width: 400,
      height: 280,
      data: { values: [...rows("right labels", norms.right), ...rows("wrong labels", norms.wrong)] },
      mark: { type: "line" },
      encoding: {
        x: { field: "share", type: "quantitative", title: "share of the examples", axis: { format: "%" } },
        y: {
          field: "norm",
          type: "quantitative",
          title: "length of the gradient",
          scale: { type: "log" },
          axis: { format: ".0e", tickCount: 6 },
        },
        color: {
          field: "kind",
          scale: { domain: ["right labels", "wrong labels"], range: [color.accent, color.bad] },
        },
      },
    },
    "Lengths of gradients by kind of label",
  );
}

export const outliersReport: Report<OutlierResult> = {
  card: outliersCard,
  section: outliersSection,
  json: ({ suspects: _, norms: __, ...numbers }) => numbers,
};
