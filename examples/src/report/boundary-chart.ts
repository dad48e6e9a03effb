import type { Data, Mark, Spec } from "vega";
import type { Points } from "../lib/course-data.ts";
import type { ProbabilityMap } from "../lib/planar.ts";
import { color, vegaChart } from "./charts.ts";
import type { Html } from "./html.ts";

type PathEncoding = Readonly<Record<string, { readonly value: string | number }>>;

const SIZE = 320;

/** Probabilities at which the tint of a class gets one step stronger. */
const STEPS = [0.501, 0.6, 0.7, 0.8, 0.9, 0.97];

/**
 * What a classifier makes of the plane: the tint of a class grows with its probability, a line where both are equal, and
 * the points that it learned from.
 */
export function boundaryChart(
  { bounds, resolution, probabilities }: ProbabilityMap,
  points: Points,
  label: string,
): Promise<Html> {
  const { left, right, bottom, top } = bounds;
  const positions = points.x.toArray() as [number, number][];
  const classes = points.y.data();
  // Contours count in cells, whose centres are the points of the map: the first and last lie on the frame.
  const cell = SIZE / (resolution - 1);
  const contours = (name: string, values: readonly number[], thresholds: readonly number[]): Data => ({
    name,
    values: [{ width: resolution, height: resolution, values: [...values] }],
    transform: [{ type: "isocontour", thresholds: [...thresholds], smooth: true }],
  });
  const shapes = (data: string, update: PathEncoding): Mark => ({
    type: "path",
    aria: false,
    from: { data },
    encode: { update },
    transform: [{ type: "geopath", projection: "grid", field: "datum.contour" }],
  });
  const tint = (fill: string) => ({ fill: { value: fill }, fillOpacity: { value: 0.11 } });
  const spec: Spec = {
    width: SIZE,
    height: SIZE,
    padding: 0,
    autosize: "none",
    data: [
      contours("one", probabilities, STEPS),
      contours(
        "zero",
        probabilities.map((p) => 1 - p),
        STEPS,
      ),
      contours("even", probabilities, [0.5001]),
      { name: "points", values: positions.map(([x, y], i) => ({ x, y, kind: classes[i] })) },
    ],
    scales: [
      { name: "x", type: "linear", domain: [left, right], range: [0, SIZE], zero: false },
      { name: "y", type: "linear", domain: [bottom, top], range: [SIZE, 0], zero: false },
    ],
    projections: [{ name: "grid", type: "identity", scale: cell, translate: [-cell / 2, -cell / 2] }],
    marks: [
      shapes("one", tint(color.class1)),
      shapes("zero", tint(color.class0)),
      shapes("even", { stroke: { value: color.ink }, strokeWidth: { value: 1.5 }, fill: { value: "none" } }),
      {
        type: "symbol",
        aria: false,
        from: { data: "points" },
        encode: {
          update: {
            x: { scale: "x", field: "x" },
            y: { scale: "y", field: "y" },
            size: { value: 22 },
            fill: [{ test: "datum.kind === 1", value: color.class1 }, { value: color.class0 }],
            stroke: { value: color.surface },
            strokeWidth: { value: 0.8 },
          },
        },
      },
    ],
  };
  return vegaChart(spec, label);
}
