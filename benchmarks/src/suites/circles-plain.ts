/** Parameters by name, row-major, weights as [out, in]. */
export type PlainParameters = Readonly<Record<string, Float32Array>>;

/** x·Wᵀ + b for m rows. */
function dense(x: Float32Array, w: Float32Array, b: Float32Array, m: number): Float32Array {
  const [outputs, inputs] = [b.length, w.length / b.length];
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

function rectified(z: Float32Array): Float32Array {
  const a = new Float32Array(z.length);
  for (let i = 0; i < z.length; i++) a[i] = Math.max(z[i]!, 0);
  return a;
}

interface Backward {
  readonly dw: Float32Array;
  readonly db: Float32Array;
  readonly dx: Float32Array;
}

/** Gradients of a dense layer; what does not pass the relu below (`x` is its output) is 0 in dx. */
function denseBackward(dz: Float32Array, x: Float32Array, w: Float32Array, m: number): Backward {
  const outputs = dz.length / m;
  const inputs = x.length / m;
  const [dw, db, dx] = [new Float32Array(w.length), new Float32Array(outputs), new Float32Array(x.length)];
  for (let i = 0; i < m; i++) {
    for (let o = 0; o < outputs; o++) {
      const g = dz[i * outputs + o]!;
      db[o]! += g;
      for (let k = 0; k < inputs; k++) {
        dw[o * inputs + k]! += g * x[i * inputs + k]!;
        if (x[i * inputs + k]! > 0) dx[i * inputs + k]! += g * w[o * inputs + k]!;
      }
    }
  }
  return { dw, db, dx };
}

/** One step of gradient descent on the mean binary cross-entropy of a 2-20-3-1 network, written out by hand. */
export function plainStep(p: PlainParameters, x: Float32Array, y: Float32Array, rate: number): PlainParameters {
  const m = y.length;
  const a1 = rectified(dense(x, p.w1!, p.b1!, m));
  const a2 = rectified(dense(a1, p.w2!, p.b2!, m));
  const z3 = dense(a2, p.w3!, p.b3!, m);
  const dz3 = z3.map((z, i) => (1 / (1 + Math.exp(-z)) - y[i]!) / m);
  const third = denseBackward(dz3, a2, p.w3!, m);
  const second = denseBackward(third.dx, a1, p.w2!, m);
  const first = denseBackward(second.dx, x, p.w1!, m);
  const moved = (value: Float32Array, gradient: Float32Array): Float32Array =>
    value.map((v, i) => v - rate * gradient[i]!);
  return {
    w1: moved(p.w1!, first.dw),
    b1: moved(p.b1!, first.db),
    w2: moved(p.w2!, second.dw),
    b2: moved(p.b2!, second.db),
    w3: moved(p.w3!, third.dw),
    b3: moved(p.b3!, third.db),
  };
}
