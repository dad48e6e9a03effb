import { chart, color } from "./charts.ts";
import type { Html } from "./html.ts";

/** Counts of digits by what they were meant for (rows) and read as (columns): right ones in one colour, mistakes in another. */
export function confusionChart(confusion: readonly (readonly number[])[], label: string): Promise<Html> {
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
    label,
  );
}
