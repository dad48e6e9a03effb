import { describe, expect, test } from "vitest";
import {
  AnomalyError,
  type AnyTensor,
  ArgumentError,
  checkpoint,
  detectAnomalies,
  div,
  exp,
  grad,
  jvp,
  log,
  logsumexp,
  mul,
  scan,
  sqrt,
  sub,
  sum,
  type Tensor,
  tensor,
  where,
} from "../src/index.ts";

/** The error of a run, which must be an anomaly. */
function anomalyOf(run: () => unknown): AnomalyError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(AnomalyError);
    return error as AnomalyError;
  }
  throw new Error("there was no anomaly");
}

const total = (x: AnyTensor): Tensor<[]> => sum(x) as Tensor<[]>;

describe("detectAnomalies", () => {
  test("names the first operation forward, its place, and what it was given", () => {
    const f = (x: AnyTensor): AnyTensor => exp(mul(log(x) as AnyTensor, 2) as AnyTensor) as AnyTensor;
    const { operation, message } = anomalyOf(() => detectAnomalies(f)(tensor([1, -2])));
    expect(operation).toBe("log");
    expect(message).toMatch(/^log: it made NaN in element 1 of \[2\] \(at .*anomaly\.test\.ts:\d+:\d+\)/);
    expect(message).toMatch(/its inputs were float32 \[2\] from -2 to 1: keep them within the operation's domain$/);
  });

  test("names the operation whose pull-back made it, and where that was called", () => {
    const f = (x: AnyTensor): Tensor<[]> => total(sqrt(x) as AnyTensor);
    const { operation, message } = anomalyOf(() => detectAnomalies(grad(f))(tensor([4, 0])));
    expect(operation).toBe("sqrt");
    expect(message).toMatch(/^sqrt: its pull-back made Infinity in element 1 of \[2\] \(at .*anomaly\.test\.ts/);
  });

  test("names the operation whose push-forward made it", () => {
    const slope = (x: AnyTensor): AnyTensor =>
      jvp((y: AnyTensor) => sqrt(y) as AnyTensor)(x, tensor([1])).tangent as AnyTensor;
    const { message } = anomalyOf(() => detectAnomalies(slope)(tensor([0])));
    expect(message).toMatch(/^sqrt: its push-forward made/);
  });

  test("sees into a checkpoint", () => {
    const f = checkpoint((x: AnyTensor) => sqrt(x) as AnyTensor);
    const { operation } = anomalyOf(() => detectAnomalies(grad((x: AnyTensor) => total(f(x))))(tensor([0])));
    expect(operation).toBe("sqrt");
  });

  test("tells the place of the call, from within programs", () => {
    const steps = (x: AnyTensor): AnyTensor =>
      scan((h: AnyTensor) => [log(sub(h, 1)) as AnyTensor, null], x, null, { length: 3 })[0];
    expect(() => detectAnomalies(steps)(tensor(2) as AnyTensor)).toThrow(/^log: it made .*anomaly\.test\.ts/);
  });

  test("accuses no operation of what it was given, nor of an infinity that is masked within a rule", () => {
    const infinite = tensor([Number.POSITIVE_INFINITY, 1]) as AnyTensor;
    expect(detectAnomalies((x: AnyTensor) => mul(x, 2) as AnyTensor)(infinite).toArray()).toEqual([
      Number.POSITIVE_INFINITY,
      2,
    ]);
    const masked = (x: AnyTensor): Tensor<[]> =>
      logsumexp(where(tensor([true, false]), x, Number.NEGATIVE_INFINITY) as AnyTensor) as Tensor<[]>;
    expect(detectAnomalies(grad(masked))(tensor([1, 2]) as AnyTensor).toArray()).toEqual([1, 0]);
  });

  test("finds a NaN made of infinities, and leaves infinities out when asked to", () => {
    const f = (x: AnyTensor): AnyTensor => {
      const infinite = div(1, x) as AnyTensor;
      return sub(infinite, infinite) as AnyTensor;
    };
    expect(anomalyOf(() => detectAnomalies(f)(tensor([0]))).operation).toBe("div");
    expect(anomalyOf(() => detectAnomalies(f, { infinities: false })(tensor([0]))).operation).toBe("sub");
  });

  test("ends with the call, also when that throws", () => {
    anomalyOf(() => detectAnomalies((x: AnyTensor) => log(x) as AnyTensor)(tensor([-1])));
    expect(log(tensor([-1])).toArray()).toEqual([Number.NaN]);
  });

  test("refuses what is no function, unknown options and promises", () => {
    expect(() => detectAnomalies(3 as never)).toThrow(ArgumentError);
    expect(() => detectAnomalies(total, { infinites: true } as never)).toThrow(
      /there is no option "infinites"; use infinities/,
    );
    expect(() => detectAnomalies(async () => 1)()).toThrow(/detectAnomalies: the function returned a promise/);
  });
});
