import type { Data } from "../../race/data.ts";
import type { Task } from "../../race/task.ts";
import { type Attention, attend, attendBackward } from "./attention.ts";
import { dense, denseBackward } from "./layers.ts";
import { gelu, geluBackward, layerNorm, layerNormBackward } from "./normalization.ts";
import { descending } from "./parameters.ts";

export function transformer(data: Data): Task {
  const [x, y] = [data.floats("x"), data.floats("y")];
  const [batch, length, width] = data.shape("x") as readonly [number, number, number];
  const [heads, epsilon] = [data.setting("heads"), data.setting("epsilon")];
  const sizes = { batch, length, width, heads };
  const m = batch * length;
  return descending(data, (p) => {
    const norm1 = layerNorm(x, p.scale1!, p.shift1!, epsilon);
    const [q, k, v] = ["q", "k", "v"].map((which) => dense(norm1.out, p[`w${which}`]!, p[`b${which}`]!, m));
    const attention: Attention = attend(q!, k!, v!, sizes);
    const attended = plus(x, dense(attention.out, p.wo!, p.bo!, m));
    const norm2 = layerNorm(attended, p.scale2!, p.shift2!, epsilon);
    const z = dense(norm2.out, p.w1!, p.b1!, m);
    const hidden = gelu(z);
    const out = plus(attended, dense(hidden, p.w2!, p.b2!, m));

    const d = new Float32Array(out.length);
    let loss = 0;
    for (let i = 0; i < out.length; i++) {
      const difference = out[i]! - y[i]!;
      loss += (difference * difference) / out.length;
      d[i] = (2 * difference) / out.length;
    }

    const contract = denseBackward(d, hidden, p.w2!, m);
    const expand = denseBackward(geluBackward(contract.dx, z), norm2.out, p.w1!, m);
    const second = layerNormBackward(expand.dx, norm2, p.scale2!);
    const dAttended = plus(d, second.dx);
    const output = denseBackward(dAttended, attention.out, p.wo!, m);
    const [query, key, value] = attendBackward(output.dx, q!, k!, v!, attention, sizes).map((dz, i) =>
      denseBackward(dz, norm1.out, p[`w${"qkv"[i]}`]!, m),
    );
    const first = layerNormBackward(plus(plus(query!.dx, key!.dx), value!.dx), norm1, p.scale1!);
    const gradients = {
      scale1: first.dScale,
      shift1: first.dShift,
      wq: query!.dw,
      bq: query!.db,
      wk: key!.dw,
      bk: key!.db,
      wv: value!.dw,
      bv: value!.db,
      wo: output.dw,
      bo: output.db,
      scale2: second.dScale,
      shift2: second.dShift,
      w1: expand.dw,
      b1: expand.db,
      w2: contract.dw,
      b2: contract.db,
    };
    return { loss, gradients };
  });
}

function plus(a: Float32Array, b: Float32Array): Float32Array {
  const out = new Float32Array(a.length);
  for (let i = 0; i < out.length; i++) out[i] = a[i]! + b[i]!;
  return out;
}
