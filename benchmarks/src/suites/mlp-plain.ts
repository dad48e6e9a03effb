/** One dense layer with its Adam state, as plain arrays. */
interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  readonly parameters: readonly [weight: Float32Array, bias: Float32Array];
  readonly moments: readonly (readonly [m: Float32Array, v: Float32Array])[];
}

function forward({ inputs, outputs, parameters: [w, b] }: Layer, x: Float32Array, m: number): Float32Array {
  const z = new Float32Array(m * outputs);
  for (let i = 0; i < m; i++) {
    for (let o = 0; o < outputs; o++) {
      let sum = b[o]!;
      for (let k = 0; k < inputs; k++) sum += x[i * inputs + k]! * w[o * inputs + k]!;
      z[i * outputs + o] = sum;
    }
  }
  return z;
}

function backward({ inputs, outputs, parameters: [w] }: Layer, dz: Float32Array, x: Float32Array, m: number) {
  const [dw, db, dx] = [new Float32Array(w.length), new Float32Array(outputs), new Float32Array(m * inputs)];
  for (let i = 0; i < m; i++) {
    for (let o = 0; o < outputs; o++) {
      const g = dz[i * outputs + o]!;
      if (g === 0) continue;
      db[o]! += g;
      for (let k = 0; k < inputs; k++) {
        dw[o * inputs + k]! += g * x[i * inputs + k]!;
        dx[i * inputs + k]! += g * w[o * inputs + k]!;
      }
    }
  }
  return { gradients: [dw, db] as const, dx };
}

/** Mean cross-entropy of softmax, and its gradient by the logits. */
function crossEntropy(z: Float32Array, y: Int32Array, m: number): { loss: number; dz: Float32Array } {
  const classes = z.length / m;
  const dz = new Float32Array(z.length);
  let loss = 0;
  for (let i = 0; i < m; i++) {
    const row = z.subarray(i * classes, (i + 1) * classes);
    const top = row.reduce((a, b) => Math.max(a, b));
    const total = row.reduce((sum, value) => sum + Math.exp(value - top), 0);
    loss += (Math.log(total) + top - row[y[i]!]!) / m;
    for (let c = 0; c < classes; c++)
      dz[i * classes + c] = (Math.exp(row[c]! - top) / total - (c === y[i] ? 1 : 0)) / m;
  }
  return { loss, dz };
}

function adam(
  parameter: Float32Array,
  gradient: Float32Array,
  [m, v]: Layer["moments"][number],
  rate: number,
  step: number,
): void {
  const [first, second] = [1 - 0.9 ** step, 1 - 0.999 ** step];
  for (let i = 0; i < parameter.length; i++) {
    const g = gradient[i]!;
    m[i] = 0.9 * m[i]! + 0.1 * g;
    v[i] = 0.999 * v[i]! + 0.001 * g * g;
    parameter[i]! -= (rate * m[i]!) / first / (Math.sqrt(v[i]! / second) + 1e-8);
  }
}

/** The training step of a relu network by hand; each call takes one and returns the loss before it. */
export function plainMlp(
  sizes: readonly number[],
  start: readonly Float32Array[],
  x: Float32Array,
  y: Int32Array,
  rate: number,
): () => number {
  const m = y.length;
  const layers: Layer[] = sizes.slice(1).map((outputs, i) => {
    const [weight, bias] = [start[2 * i]!.slice(), start[2 * i + 1]!.slice()];
    const moments = [weight, bias].map((p) => [new Float32Array(p.length), new Float32Array(p.length)] as const);
    return { inputs: sizes[i]!, outputs, parameters: [weight, bias], moments };
  });
  let step = 0;
  return () => {
    step++;
    const inputs = [x];
    for (const [i, layer] of layers.entries()) {
      const z = forward(layer, inputs[i]!, m);
      inputs.push(i < layers.length - 1 ? z.map((value) => Math.max(value, 0)) : z);
    }
    const { loss, dz } = crossEntropy(inputs.at(-1)!, y, m);
    let signal = dz;
    for (let i = layers.length - 1; i >= 0; i--) {
      const layer = layers[i]!;
      const { gradients, dx } = backward(layer, signal, inputs[i]!, m);
      signal = dx.map((value, j) => (inputs[i]![j]! > 0 ? value : 0));
      for (const [j, gradient] of gradients.entries())
        adam(layer.parameters[j]!, gradient, layer.moments[j]!, rate, step);
    }
    return loss;
  };
}
