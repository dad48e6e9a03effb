import { nn, numpy as np } from "@jax-js/jax";
import type { Data } from "../../src/race/data.ts";
import type { Task } from "../../src/race/task.ts";
import { floats } from "./arrays.ts";
import { crossEntropy, dense, oneHot } from "./networks.ts";
import { descending, type Loss } from "./training.ts";

/** The steps are written out one after the other: jax-js has no `lax.scan`. */
export function gru(data: Data): Task {
  const [length, batch, width] = data.shape("x") as readonly [number, number, number];
  const hidden = data.shape("wh")[1]!;
  const apart = (value: np.Array): np.Array[] => {
    const gates = [0, 1, 2].map((gate) => value.ref.slice([], gate, []));
    value.dispose();
    return gates;
  };
  const loss: Loss = (p, x, y) => {
    const projected = dense(x.reshape([length * batch, width]), p, "x").reshape([length, batch, 3, hidden]);
    let h = np.zeros([batch, hidden]);
    for (let t = 0; t < length; t++) {
      const round = np.matmul(h.ref, p.wh!.ref).add(p.bh!.ref).reshape([batch, 3, hidden]);
      const [[xr, xz, xn], [hr, hz, hn]] = [apart(projected.ref.slice(t)), apart(round)];
      const [r, z] = [nn.sigmoid(xr!.add(hr!)), nn.sigmoid(xz!.add(hz!))];
      const n = np.tanh(xn!.add(r.mul(hn!)));
      h = n.ref.add(z.mul(h.sub(n)));
    }
    projected.dispose();
    p.wh!.dispose();
    p.bh!.dispose();
    return crossEntropy(dense(h, p, "o"), y);
  };
  return descending(data, loss, floats(data, "x"), oneHot(data, "y", 10));
}
