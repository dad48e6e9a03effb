import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { OURS, type RaceResult } from "../src/race/results.ts";

/** How long each peer takes, as a multiple of our time: a dot to the left of the line is faster than ours. As SVG. */
export async function raceChart({ workloads }: RaceResult): Promise<string> {
  const values = workloads.flatMap(({ name, entries }) => {
    const ours = entries.find(({ peer }) => peer === OURS)?.measured?.median;
    return entries.flatMap(({ peer, measured }) =>
      ours === undefined || measured === undefined || peer === OURS
        ? []
        : [{ workload: name, peer, ratio: measured.median / ours }],
    );
  });
  const spec: TopLevelSpec = {
    width: 560,
    height: { step: 30 },
    background: "white",
    padding: 12,
    data: { values },
    encoding: {
      x: {
        field: "ratio",
        type: "quantitative",
        title: `time as a multiple of ${OURS}'s; to the left of 1 is faster`,
        scale: { type: "log" },
        axis: {
          values: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000],
          format: "~r",
          labelExpr: "datum.label + ' ×'",
        },
      },
    },
    layer: [
      { mark: { type: "rule", color: "#222", strokeWidth: 1.5 }, encoding: { x: { datum: 1 } } },
      {
        mark: { type: "circle", size: 130, opacity: 0.9 },
        encoding: {
          y: {
            field: "workload",
            type: "nominal",
            sort: null,
            title: null,
            axis: { grid: true, ticks: false, domain: false, labelPadding: 10, labelFontSize: 12, labelLimit: 240 },
          },
          color: {
            field: "peer",
            type: "nominal",
            sort: null,
            title: null,
            legend: { orient: "top", labelFontSize: 12 },
          },
          tooltip: [{ field: "peer" }, { field: "ratio", format: ".2f" }],
        },
      },
    ],
    config: { view: { stroke: null }, font: "system-ui, sans-serif", axis: { gridColor: "#e6e6e6" } },
  };
  const view = new View(parse(compile(spec).spec), { renderer: "none" });
  const svg = await view.toSVG();
  view.finalize();
  return `${svg}\n`;
}
