import type { ClassicReport } from "@tapegrad/gradcheck";
import type { PlanarRun } from "../lib/planar-run.ts";
import type { DemoResults } from "./results.ts";

/** The numbers of a run, for programs to read. Parts that did not run have no key; an infinite cost is "inf". */
export function reportJson({ gradientCheck, initialization, regularization, digits, quick, seconds }: DemoResults) {
  return {
    quick,
    seconds,
    ...(gradientCheck && {
      gradientCheck: {
        planted: differences(gradientCheck.planted),
        mended: differences(gradientCheck.mended),
        byEpsilon: gradientCheck.byEpsilon,
        truthDifference: gradientCheck.truthDifference,
      },
    }),
    ...(initialization && {
      initialization: {
        zeros: planar(initialization.zeros),
        random10: planar(initialization.random10),
        he: planar(initialization.he),
      },
    }),
    ...(regularization && {
      regularization: {
        none: regularized(regularization.none),
        l2: regularized(regularization.l2),
        dropout: regularized(regularization.dropout),
      },
    }),
    ...(digits && {
      digits: {
        trainAccuracy: digits.trainAccuracy,
        testAccuracy: digits.testAccuracy,
        seconds: digits.seconds,
        parameters: digits.parameters,
        trainExamples: digits.trainExamples,
        testExamples: digits.testExamples,
        history: digits.history,
        confusion: digits.confusion,
        gradientCheck: {
          difference: digits.check.difference,
          elements: digits.check.elements,
          epsilon: digits.check.epsilon,
        },
        fingerprint: digits.fingerprint,
        reproducible: digits.reproducible,
      },
    }),
  };
}

const differences = ({ difference, perParameter, epsilon }: ClassicReport) => ({ difference, perParameter, epsilon });

const finite = (cost: number): number | "inf" => (cost === Infinity ? "inf" : cost);

const planar = ({ trainAccuracy, testAccuracy, costs, finalCost, seconds }: PlanarRun) => ({
  trainAccuracy,
  testAccuracy,
  finalCost: finite(finalCost),
  costs: Object.fromEntries(Object.entries(costs).map(([step, cost]) => [step, finite(cost)])),
  seconds,
});

const regularized = (run: PlanarRun & { readonly sumOfSquares: number }) => ({
  ...planar(run),
  sumOfSquares: run.sumOfSquares,
});
