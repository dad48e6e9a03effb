import { type EnsembleResult, GAP } from "../10-ensemble.ts";
import type { Report } from "../lib/part.ts";
import { percent } from "../lib/terminal.ts";
import { signed } from "./autoencoder-section.ts";
import { chart, color } from "./charts.ts";
import { type Html, html } from "./html.ts";
import { card, figure, note, section } from "./parts.ts";

function ensembleCard({ miscalibration, disagreement }: EnsembleResult): Html {
  return card("ensemble", "An ensemble", percent(miscalibration, 1), [
    html`at most between stated and found shares;`,
    html`${(disagreement.gap / disagreement.data).toFixed(0)} times the disagreement where there are no data`,
  ]);
}

async function ensembleSection(result: EnsembleResult): Promise<Html> {
  const { memberCosts, mixtureCost, truthCost } = result;
  return section(
    10,
    "ensemble",
    "Eight networks that know what they do not know",
    html`Each of eight networks predicts a mean and a variance for every x. <code>vmap</code> turns the function that makes
      one network into one that makes eight, and the cost of one into the costs of eight; a single compiled step trains them
      together, each on mini-batches of its own. Nothing was shown to them between −${GAP} and ${GAP}, nor beyond ±4.`,
    html`
      ${figure(
        await bandChart(result),
        html`<b>What the ensemble says.</b> The band is two standard deviations wide to each side, thin lines are the single
          networks, dots the examples. With the data the band follows their noise, which grows to the right; without data it
          opens, because there the networks disagree.`,
      )}
      <div class="columns">
        ${figure(
          await calibrationChart(result),
          html`<b>Calibration.</b> Of 2,000 new points, how many lie within the middle share of what is predicted for them,
            beside the share itself. The largest difference is ${percent(result.miscalibration, 1)}.`,
        )}
        ${note(
          "How near is that to the truth?",
          html`The negative log-likelihood of the new points is ${signed(mixtureCost, 3)} for the ensemble, and between
            ${signed(Math.min(...memberCosts), 3)} and ${signed(Math.max(...memberCosts), 3)} for single networks. What made the data
            has ${signed(truthCost, 3)}, and nothing can be expected to have less.`,
        )}
      </div>
    `,
  );
}

function bandChart({ band, examples }: EnsembleResult): Promise<Html> {
  const x = { field: "x", type: "quantitative" as const, title: "x" };
  return chart(
    {
      width: 860,
      height: 320,
      layer: [
        {
          data: { values: band.map(({ x, mean, total }) => ({ x, low: mean - 2 * total, high: mean + 2 * total })) },
          mark: { type: "area", color: color.accent, opacity: 0.18, clip: true },
          encoding: {
            x,
            y: { field: "low", type: "quantitative", title: "y", scale: { domain: [-4, 4] } },
            y2: { field: "high" },
          },
        },
        {
          data: { values: examples.map(([x, y]) => ({ x, y })) },
          mark: { type: "point", filled: true, size: 9, color: color.class1, opacity: 0.7, clip: true },
          encoding: { x, y: { field: "y", type: "quantitative" } },
        },
        {
          data: { values: band.flatMap(({ x, members }) => members.map((y, member) => ({ x, y, member }))) },
          mark: { type: "line", strokeWidth: 0.8, color: color.accent, opacity: 0.7, clip: true },
          encoding: { x, y: { field: "y", type: "quantitative" }, detail: { field: "member" } },
        },
        {
          data: { values: band.map(({ x, mean }) => ({ x, y: mean })) },
          mark: { type: "line", color: color.ink, clip: true },
          encoding: { x, y: { field: "y", type: "quantitative" } },
        },
      ],
    },
    "Predictions of the ensemble",
  );
}

function calibrationChart({ coverages }: EnsembleResult): Promise<Html> {
  const axis = { format: "%", tickCount: 5 };
  return chart(
    {
      width: 330,
      height: 300,
      layer: [
        {
          data: { values: [0, 1].map((at) => ({ stated: at, found: at })) },
          mark: { type: "line", color: color.line },
          encoding: { x: { field: "stated", type: "quantitative" }, y: { field: "found", type: "quantitative" } },
        },
        {
          data: { values: [...coverages] },
          mark: { type: "line", color: color.accent, point: { size: 40, filled: true, color: color.accent } },
          encoding: {
            x: { field: "stated", type: "quantitative", title: "share stated", axis },
            y: { field: "found", type: "quantitative", title: "share found", axis },
          },
        },
      ],
    },
    "Shares found by shares stated",
  );
}

export const ensembleReport: Report<EnsembleResult> = {
  card: ensembleCard,
  section: ensembleSection,
  json: ({ coverages, miscalibration, truthCost, mixtureCost, memberCosts, disagreement, seconds }) => ({
    coverages,
    miscalibration,
    truthCost,
    mixtureCost,
    memberCosts,
    disagreement,
    seconds,
  }),
};
