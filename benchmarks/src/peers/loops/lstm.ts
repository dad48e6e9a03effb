import type { Data } from "../../race/data.ts";
import type { Task } from "../../race/task.ts";
import { crossEntropy, dense, denseBackward } from "./layers.ts";
import { multiply, multiplyTransposed, transposedMultiply } from "./matrices.ts";
import { descending } from "./parameters.ts";

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** What one step came to, each of [batch, hidden]. */
interface Remembered {
  readonly i: Float32Array;
  readonly f: Float32Array;
  readonly g: Float32Array;
  readonly o: Float32Array;
  readonly c: Float32Array;
  readonly h: Float32Array;
}

/** One step, from logits of the gates, [batch, 4, hidden], in the order input, forget, cell, output. */
function forwards(z: Float32Array, before: Float32Array, hidden: number): Remembered {
  const { length } = before;
  const empty = (): Float32Array => new Float32Array(length);
  const [i, f, g, o, c, h] = [empty(), empty(), empty(), empty(), empty(), empty()];
  for (let at = 0; at < length; at++) {
    const row = 4 * hidden * Math.floor(at / hidden) + (at % hidden);
    i[at] = sigmoid(z[row]!);
    f[at] = sigmoid(z[row + hidden]!);
    g[at] = Math.tanh(z[row + 2 * hidden]!);
    o[at] = sigmoid(z[row + 3 * hidden]!);
    c[at] = f[at]! * before[at]! + i[at]! * g[at]!;
    h[at] = o[at]! * Math.tanh(c[at]!);
  }
  return { i, f, g, o, c, h };
}

/** From gradients by h and c of a step to those by the logits of its gates, to `dz`, and by c of the step before, in place of `dc`. */
function backwards(
  dh: Float32Array,
  dc: Float32Array,
  { i, f, g, o, c }: Remembered,
  before: Float32Array,
  hidden: number,
  dz: Float32Array,
): void {
  for (let at = 0; at < dh.length; at++) {
    const row = 4 * hidden * Math.floor(at / hidden) + (at % hidden);
    const t = Math.tanh(c[at]!);
    const d = dc[at]! + dh[at]! * o[at]! * (1 - t * t);
    dz[row] = d * g[at]! * i[at]! * (1 - i[at]!);
    dz[row + hidden] = d * before[at]! * f[at]! * (1 - f[at]!);
    dz[row + 2 * hidden] = d * i[at]! * (1 - g[at]! * g[at]!);
    dz[row + 3 * hidden] = dh[at]! * t * o[at]! * (1 - o[at]!);
    dc[at] = d * f[at]!;
  }
}

/** Backpropagation through time. */
export function lstm(data: Data): Task {
  const [x, y] = [data.floats("x"), data.labels("y")];
  const [length, batch] = data.shape("x") as readonly [number, number, number];
  const hidden = data.shape("wh")[1]!;
  const [size, gates] = [batch * hidden, batch * 4 * hidden];
  const zero = new Float32Array(size);
  return descending(data, (p) => {
    const { wx, bx, wh, wo, bo } = p as Readonly<Record<"wx" | "bx" | "wh" | "wo" | "bo", Float32Array>>;
    // Logits of all gates at all steps, the parts that come from the input first.
    const z = dense(x, wx, bx, length * batch);
    const steps: Remembered[] = [];
    for (let t = 0; t < length; t++) {
      const { h, c } = steps[t - 1] ?? { h: zero, c: zero };
      const own = z.subarray(t * gates, (t + 1) * gates);
      const round = multiplyTransposed(h, wh, batch, hidden, 4 * hidden);
      for (let j = 0; j < gates; j++) own[j]! += round[j]!;
      steps.push(forwards(own, c, hidden));
    }
    const { loss, dz: dLogits } = crossEntropy(dense(steps.at(-1)!.h, wo, bo, batch), y);
    const output = denseBackward(dLogits, steps.at(-1)!.h, wo, batch);

    const dz = new Float32Array(z.length);
    // Outputs of the steps before, below each other: [length, batch, hidden].
    const outputs = new Float32Array(length * size);
    for (let t = 1; t < length; t++) outputs.set(steps[t - 1]!.h, t * size);
    let dh = output.dx;
    const dc = new Float32Array(size);
    for (let t = length - 1; t >= 0; t--) {
      const own = dz.subarray(t * gates, (t + 1) * gates);
      backwards(dh, dc, steps[t]!, steps[t - 1]?.c ?? zero, hidden, own);
      dh = multiply(own, wh, batch, 4 * hidden, hidden);
    }
    const input = denseBackward(dz, x, wx, length * batch);
    const dwh = transposedMultiply(dz, outputs, 4 * hidden, length * batch, hidden);
    return { loss, gradients: { wx: input.dw, bx: input.db, wh: dwh, wo: output.dw, bo: output.db } };
  });
}
