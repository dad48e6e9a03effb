import { chart, color } from "./charts.ts";
import type { Html } from "./html.ts";

export interface Accuracies {
  readonly label: string;
  readonly trainAccuracy: number;
  readonly testAccuracy: number;
}

/** Training and test accuracy of each run, and how far they are apart. */
export function accuracyChart(runs: readonly Accuracies[], lowest: number, label: string): Promise<Html> {
  const values = runs.flatMap(({ label, trainAccuracy, testAccuracy }) => [
    { label, accuracy: trainAccuracy, set: "training set" },
    { label, accuracy: testAccuracy, set: "test set" },
  ]);
  return chart(
    {
      width: 330,
      height: 270,
      data: { values },
      encoding: {
        y: {
          field: "label",
          type: "nominal",
          sort: null,
          title: null,
          axis: { labelColor: color.ink, labelFontSize: 12, ticks: false, domain: false, labelPadding: 12 },
        },
        x: {
          field: "accuracy",
          type: "quantitative",
          title: "accuracy",
          scale: { domain: [lowest, 1], nice: false },
          axis: { format: "%", tickCount: 6 },
        },
      },
      layer: [
        { mark: { type: "line", color: color.line, strokeWidth: 6 }, encoding: { detail: { field: "label" } } },
        {
          mark: { type: "circle", size: 170, opacity: 1 },
          encoding: {
            color: {
              field: "set",
              scale: { domain: ["training set", "test set"], range: [color.muted, color.accent] },
            },
          },
        },
        {
          mark: { type: "text", dy: -16 },
          encoding: { text: { field: "accuracy", type: "quantitative", format: ".1%" } },
        },
      ],
    },
    label,
  );
}
