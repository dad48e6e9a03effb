import { chart } from "./charts.ts";
import type { Html } from "./html.ts";

/** An accuracy by epoch. */
export interface AccuracyCurve {
  readonly label: string;
  readonly color: string;
  readonly accuracies: readonly number[];
}

/** Accuracies by epoch, of one set or of several. */
export function learningChart(curves: readonly AccuracyCurve[], label: string): Promise<Html> {
  const values = curves.flatMap((curve) =>
    curve.accuracies.map((accuracy, i) => ({ epoch: i + 1, accuracy, set: curve.label })),
  );
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
          scale: { domain: [1, Math.max(...values.map(({ epoch }) => epoch))], nice: false },
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
          scale: { domain: curves.map(({ label }) => label), range: curves.map(({ color }) => color) },
          legend: { symbolType: "circle" },
        },
      },
    },
    label,
  );
}
