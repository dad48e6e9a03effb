import { chart, color } from "./charts.ts";
import type { CostSeries } from "./cost-chart.ts";
import type { Html } from "./html.ts";

/** Below this two float64 numbers are equal, or as good as. */
const LOWEST = 1e-17;

/** Relative differences of costs from the published ones, by step. */
export function agreementChart(series: readonly CostSeries[], label: string): Promise<Html> {
  const values = series.flatMap(({ label, run, published = {} }) =>
    Object.entries(run.costs).flatMap(([step, cost]) => {
      const expected = published[step];
      if (typeof expected !== "number" || !Number.isFinite(cost)) return [];
      return [{ step: Number(step), label, difference: Math.max(LOWEST, Math.abs(cost - expected) / expected) }];
    }),
  );
  return chart(
    {
      width: 400,
      height: 270,
      data: { values },
      layer: [{ mark: { type: "line", opacity: 0.5 } }, { mark: { type: "circle", size: 42, opacity: 1 } }],
      encoding: {
        x: {
          field: "step",
          type: "quantitative",
          title: "step",
          axis: { tickCount: 5, format: ",d", grid: false },
        },
        y: {
          field: "difference",
          type: "quantitative",
          title: "relative difference",
          scale: { type: "log", domain: [LOWEST, 1], nice: false },
          axis: {
            values: [1e-16, 1e-12, 1e-8, 1e-4, 1],
            labelExpr: "{0: '1', 4: '10⁻⁴', 8: '10⁻⁸', 12: '10⁻¹²', 16: '10⁻¹⁶'}[-round(log(datum.value) / LN10)]",
          },
        },
        color: {
          field: "label",
          scale: { domain: series.map(({ label }) => label), range: series.map(({ color }) => color) },
        },
      },
      config: { axis: { titleColor: color.muted } },
    },
    label,
  );
}
