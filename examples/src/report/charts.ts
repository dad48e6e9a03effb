import { parse, type Spec, View } from "vega";
import { type Config, compile, type TopLevelSpec } from "vega-lite";
import { Html } from "./html.ts";

/** Colours are the page's own properties, so that a chart follows its light or dark scheme. */
export const color = {
  ink: "var(--ink)",
  muted: "var(--muted)",
  line: "var(--line)",
  surface: "var(--surface)",
  accent: "var(--accent)",
  good: "var(--good)",
  bad: "var(--bad)",
  class0: "var(--class-0)",
  class1: "var(--class-1)",
  series: [
    "var(--series-1)",
    "var(--series-2)",
    "var(--series-3)",
    "var(--series-4)",
    "var(--series-5)",
    "var(--series-6)",
  ],
} as const;

const font = "var(--sans)";

const config: Config = {
  background: "transparent",
  // The SVG has a label as a whole.
  aria: false,
  font,
  view: { stroke: null },
  axis: {
    labelColor: color.muted,
    titleColor: color.muted,
    labelFontSize: 11.5,
    titleFontSize: 11.5,
    titleFontWeight: "normal",
    titlePadding: 8,
    gridColor: color.line,
    domainColor: color.line,
    tickColor: color.line,
    labelPadding: 5,
  },
  legend: {
    labelColor: color.ink,
    labelFontSize: 12,
    title: null,
    orient: "top",
    symbolSize: 70,
    symbolStrokeWidth: 2,
    offset: 8,
    labelLimit: 300,
  },
  line: { strokeWidth: 2, strokeCap: "round", strokeJoin: "round" },
  text: { font, fontSize: 11.5, color: color.ink },
};

/** A chart of Vega-Lite as SVG, as wide as the place that it stands in. */
export function chart(spec: TopLevelSpec, label: string): Promise<Html> {
  return vegaChart(compile(spec, { config }).spec, label);
}

/** A chart of Vega as SVG, as wide as the place that it stands in. The label is for who cannot see it, and unique. */
export async function vegaChart(spec: Spec, label: string): Promise<Html> {
  const view = new View(parse(spec), { renderer: "none" });
  const svg = await view.toSVG();
  view.finalize();
  const id = label.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return new Html(
    svg
      .replace(
        /<svg [^>]*?viewBox="([^"]*)"[^>]*>/,
        `<svg viewBox="$1" role="img" aria-label="${label.replace(/[&<>"]/g, "")}">`,
      )
      // Every chart counts its clip paths from 1, but on a page each needs a name of its own.
      .replace(/(id="|url\(#)clip/g, `$1${id}-clip`)
      // A hundredth of a pixel is enough.
      .replace(/(\.\d\d)\d+/g, "$1"),
  );
}
