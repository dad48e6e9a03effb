import { nn, numpy as np } from "@jax-js/jax";
import type { Data } from "../../src/race/data.ts";
import type { Task } from "../../src/race/task.ts";
import { floats } from "./arrays.ts";
import { crossEntropy, dense, oneHot } from "./networks.ts";
import { descending, type Loss } from "./training.ts";

/** The steps are written out one after the other: jax-js has no `lax.scan`. */
export function lstm(data: Data): Task {
  const [length, batch, width] = data.shape("x") as readonly [number, number, number];
  const hidden = data.shape("wh")[1]!;
  const loss: Loss = (p, x, y) => {
    const projected = dense(x.reshape([length * batch, width]), p, "x").reshape([length, batch, 4, hidden]);
    let [h, c] = [np.zeros([batch, hidden]), np.zeros([batch, hidden])];
    for (let t = 0; t < length; t++) {
      const z = projected.ref.slice(t).add(np.matmul(h, p.wh!.ref).reshape([batch, 4, hidden]));
      const [i, f, g, o] = [0, 1, 2, 3].map((gate) => z.ref.slice([], gate, []));
      z.dispose();
      c = nn
        .sigmoid(f!)
        .mul(c)
        .add(nn.sigmoid(i!).mul(np.tanh(g!)));
      h = nn.sigmoid(o!).mul(np.tanh(c.ref));
    }
    projected.dispose();
    c.dispose();
    p.wh!.dispose();
    return crossEntropy(dense(h, p, "o"), y);
  };
  return descending(data, loss, floats(data, "x"), oneHot(data, "y", 10));
}
