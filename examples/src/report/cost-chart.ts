import type { PlanarRun } from "../lib/planar-run.ts";
import { chart, color } from "./charts.ts";
import type { Html } from "./html.ts";

/** A run in a chart of costs. */
export interface CostSeries {
  readonly label: string;
  readonly run: PlanarRun;
  /** Costs that were published or reproduced elsewhere, by step: drawn as rings. */
  readonly published?: Readonly<Record<string, number | "inf">>;
  readonly color: string;
}

/** Costs over steps, from 0 to `top`; what is above is cut off. */
export function costChart(series: readonly CostSeries[], top: number, label: string): Promise<Html> {
  const lines = series.flatMap(({ label, run }) =>
    run.curve.filter(([, cost]) => cost < 4 * top).map(([step, cost]) => ({ step, cost, label })),
  );
  const lastStep = Math.max(...lines.map(({ step }) => step));
  const rings = series.flatMap(({ label, published = {} }) =>
    Object.entries(published).flatMap(([step, cost]) =>
      cost === "inf" || cost > top || Number(step) > lastStep ? [] : [{ step: Number(step), cost, label }],
    ),
  );
  return chart(
    {
      width: 400,
      height: 270,
      layer: [
        {
          data: { values: rings },
          mark: { type: "point", size: 42, strokeWidth: 1.3, filled: false, opacity: 0.75 },
        },
        { data: { values: lines }, mark: { type: "line", clip: true } },
      ],
      encoding: {
        x: {
          field: "step",
          type: "quantitative",
          title: "step",
          scale: { domain: [0, lastStep], nice: false },
          axis: { tickCount: 5, format: ",d", grid: false },
        },
        y: { field: "cost", type: "quantitative", title: "cost", scale: { domain: [0, top] }, axis: { tickCount: 5 } },
        color: {
          field: "label",
          scale: { domain: series.map(({ label }) => label), range: series.map(({ color }) => color) },
          legend: { symbolType: "stroke", columns: series.length > 3 ? 2 : 3 },
        },
      },
    },
    label,
  );
}

/** Colours of runs, of which the first is for what fails or is plain. */
export const seriesColors = color.series;
