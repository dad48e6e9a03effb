import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { series } from "../src/growth/workloads.ts";
import { OURS, type RaceResult } from "../src/race/results.ts";

/** How long each peer takes, as a multiple of our time: a dot to the left of the line is faster than ours. As SVG. */
export async function race({ workloads }: RaceResult): Promise<string> {
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
            legend: { orient: "top", labelFontSize: 12, labelLimit: 240 },
          },
          tooltip: [{ field: "peer" }, { field: "ratio", format: ".2f" }],
        },
      },
    ],
    config: { view: { stroke: null }, font: "system-ui, sans-serif", axis: { gridColor: "#e6e6e6" } },
  };
  return drawn(spec);
}

/** What a step costs by size, a panel for each series, both axes logarithmic: a line that rises by the diagonal is in proportion. As SVG. */
export async function growth({ workloads }: RaceResult): Promise<string> {
  const panels = series.flatMap(({ name, title, sizes }) => {
    const values = sizes.flatMap((size) =>
      (workloads.find((workload) => workload.name === `${name}-${size}`)?.entries ?? []).flatMap(
        ({ peer, measured }) => (measured === undefined ? [] : [{ size, peer, milliseconds: measured.median }]),
      ),
    );
    return values.length === 0 ? [] : [{ title, sizes, values }];
  });
  const spec: TopLevelSpec = {
    columns: 2,
    background: "white",
    padding: 12,
    spacing: 30,
    concat: panels.map(({ title, sizes, values }) => ({
      title: { text: title, fontSize: 12 },
      width: 330,
      height: 260,
      data: { values },
      mark: { type: "line" as const, point: { size: 45 } },
      encoding: {
        x: {
          field: "size",
          type: "quantitative" as const,
          title: null,
          scale: { type: "log" as const, base: 2 },
          axis: { values: [...sizes], format: "d" },
        },
        y: {
          field: "milliseconds",
          type: "quantitative" as const,
          title: "time of a step",
          scale: { type: "log" as const },
          axis: {
            values: [0.01, 0.1, 1, 10, 100, 1000, 10_000],
            labelExpr:
              "datum.value < 1 ? datum.value * 1000 + ' µs' : datum.value < 1000 ? datum.value + ' ms' : datum.value / 1000 + ' s'",
          },
        },
        color: {
          field: "peer",
          type: "nominal" as const,
          sort: null,
          title: null,
          legend: { orient: "top" as const, labelFontSize: 12, labelLimit: 240 },
        },
      },
    })),
    config: { font: "system-ui, sans-serif", axis: { gridColor: "#e6e6e6" } },
  };
  return drawn(spec);
}

async function drawn(spec: TopLevelSpec): Promise<string> {
  const view = new View(parse(compile(spec).spec), { renderer: "none" });
  const svg = await view.toSVG();
  view.finalize();
  return `${svg}\n`;
}
