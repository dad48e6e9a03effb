import { type Field, type PhysicsResult, VISCOSITY } from "../09-physics.ts";
import type { Report } from "../lib/part.ts";
import { percent } from "../lib/terminal.ts";
import { chart, color } from "./charts.ts";
import { scientific } from "./gradient-checking-section.ts";
import { heatImage } from "./heat-image.ts";
import { type Html, html } from "./html.ts";
import { card, figure, note, section } from "./parts.ts";

function physicsCard({ relativeError, seconds }: PhysicsResult): Html {
  return card("physics", "Physics", percent(relativeError), [
    html`from the exact solution of Burgers’ equation,`,
    html`which it was never shown; ${seconds.toFixed(0)} seconds`,
  ]);
}

async function physicsSection(result: PhysicsResult): Promise<Html> {
  const { field, check } = result;
  // Time goes to the right, place upwards.
  const picture = field.places.map((_, j) => field.found.map((row) => row[field.places.length - 1 - j]!));
  return section(
    9,
    "physics",
    "A network that obeys an equation",
    html`Burgers’ equation, <span class="formula">uₜ + u uₓ = ν uₓₓ</span> with ν = ${VISCOSITY}, drives a sine wave into a
      steep front. The network is a function of place and time; its cost is how far it is from obeying the equation at 1,024
      random points. No solution is shown to it. The derivatives in the cost are taken by forward mode through the network,
      and training differentiates them once more, backward.`,
    html`
      <div class="columns">
        ${figure(
          heatImage(picture, "Velocity by time and place"),
          html`<b>What it found.</b> Time goes to the right, place upwards; orange moves up, blue moves down, and where they
            meet a front stands. It is ${percent(result.relativeError)} from the exact solution.`,
        )}
        ${figure(
          await profiles(field),
          html`<b>The wave at four times.</b> Lines are the network, dots the exact solution by the transformation of Cole
            and Hopf.`,
        )}
      </div>
      <div class="columns">
        ${figure(
          await residuals(result),
          html`<b>What is left of the equation</b>, as a mean square over the points, by step.`,
        )}
        ${note(
          "Third derivatives",
          html`uₓₓ is a derivative of a derivative, and the gradient of the cost is one more. All of them come from one rule per
            operation, because rules are made of operations themselves. The gradient of the trained network, checked in
            float64 against differences, is right to <b>${scientific(check.difference)}</b>.`,
        )}
      </div>
    `,
  );
}

function profiles({ times, places, found, exact }: Field): Promise<Html> {
  const shown = [0, 0.25, 0.5, 1].map((time) => ({ time, row: times.indexOf(time) }));
  const values = shown.flatMap(({ time, row }) =>
    places.map((x, j) => ({
      time: `t = ${time}`,
      x,
      found: found[row]![j]!,
      exact: j % 5 === 0 ? exact[row]![j]! : null,
    })),
  );
  const x = { field: "x", type: "quantitative" as const, title: "place" };
  const hue = { field: "time", type: "nominal" as const, sort: null, scale: { scheme: "viridis" as const } };
  return chart(
    {
      width: 400,
      height: 260,
      data: { values },
      layer: [
        {
          mark: { type: "line" },
          encoding: { x, y: { field: "found", type: "quantitative", title: "velocity" }, color: hue },
        },
        {
          transform: [{ filter: "datum.exact !== null" }],
          mark: { type: "point", size: 18, filled: true },
          encoding: { x, y: { field: "exact", type: "quantitative" }, color: hue },
        },
      ],
    },
    "Velocity by place at four times",
  );
}

function residuals({ curve }: PhysicsResult): Promise<Html> {
  return chart(
    {
      width: 400,
      height: 220,
      data: { values: curve.map(([step, cost]) => ({ step, cost })) },
      mark: { type: "line", color: color.accent },
      encoding: {
        x: { field: "step", type: "quantitative", title: "step" },
        y: {
          field: "cost",
          type: "quantitative",
          title: "residual",
          scale: { type: "log" },
          axis: { format: ".0e", tickCount: 5 },
        },
      },
    },
    "Residual by step",
  );
}

export const physicsReport: Report<PhysicsResult> = {
  card: physicsCard,
  section: physicsSection,
  json: ({ relativeError, curve, check, seconds }) => ({
    relativeError,
    seconds,
    finalResidual: curve.at(-1)?.[1],
    gradientCheck: { difference: check.difference, elements: check.elements, epsilon: check.epsilon },
  }),
};
