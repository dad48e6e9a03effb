// Importing this entry gives Vitest's `expect` the matchers, in types and at run time.
import { ArgumentError } from "@tapegrad/core";
import { expect } from "vitest";
import { checkGradients } from "./check-gradients.ts";
import type { CheckOptions } from "./check-options.ts";
import { formatGradientReport } from "./format-gradient-report.ts";

/** What a function takes: a tree of tensors. */
export type PointOf<F> = F extends (at: infer At, ...rest: never[]) => unknown ? At : never;

declare module "vitest" {
  interface Matchers<T> {
    /**
     * That the gradient of a function is right at a point, by `checkGradients`. An inconclusive check fails, and with `.not` too.
     * @throws ArgumentError when what is expected is no function; and as `checkGradients`.
     * @example
     * const f = ({ w, b }: { w: Tensor; b: Tensor }) => sum(exp(add(w, b)));
     * const at = { w: ones([2, 3], { dtype: "float64" }), b: ones([3], { dtype: "float64" }) };
     * expect(f).toHaveCorrectGradients(at);
     */
    toHaveCorrectGradients(at: PointOf<T>, options?: CheckOptions): void;
  }
}

expect.extend({
  toHaveCorrectGradients(received: unknown, at: unknown, options?: CheckOptions) {
    if (typeof received !== "function") {
      const given = received === null ? "null" : `of type ${typeof received}`;
      throw new ArgumentError(
        "toHaveCorrectGradients",
        `what is expected is ${given}`,
        "write expect(f).toHaveCorrectGradients(at), without calling f",
      );
    }
    const report = checkGradients(received as (at: unknown) => unknown, at, options);
    const text = formatGradientReport(report);
    return {
      pass: this.isNot ? report.verdict !== "fail" : report.verdict === "pass",
      message: () => `expected ${nameOf(received)} ${this.isNot ? "not " : ""}to have correct gradients\n\n${text}`,
    };
  },
});

const nameOf = ({ name }: { readonly name: string }): string => name || "the function";
