import { nn, numpy as np } from "@jax-js/jax";
import type { Data } from "../../src/race/data.ts";
import type { Task } from "../../src/race/task.ts";
import { floats, type Parameters } from "./arrays.ts";
import { dense } from "./networks.ts";
import { descending, type Loss } from "./training.ts";

export function transformer(data: Data): Task {
  const [batch, length, width] = data.shape("x") as readonly [number, number, number];
  const [heads, epsilon] = [data.setting("heads"), data.setting("epsilon")];
  const norm = (x: np.Array, p: Parameters, name: string): np.Array =>
    nn.standardize(x, -1, { epsilon }).mul(p[`scale${name}`]!).add(p[`shift${name}`]!);
  const attend = (x: np.Array, p: Parameters): np.Array => {
    const [q, k, v] = ["q", "k", "v"].map((name) =>
      dense(x.ref, p, name).reshape([batch, length, heads, -1]).transpose([0, 2, 1, 3]),
    );
    x.dispose();
    // What nn.dotProductAttention does, which needs Node 22: it iterates by helpers that older ones lack.
    const scores = np.matmul(q!, k!.transpose([0, 1, 3, 2])).mul(1 / Math.sqrt(width / heads));
    const mixed = np.matmul(nn.softmax(scores, -1), v!).transpose([0, 2, 1, 3]);
    return dense(mixed.reshape([batch, length, width]), p, "o");
  };
  const loss: Loss = (p, x, y) => {
    const attended = x.ref.add(attend(norm(x, p, "1"), p));
    const hidden = nn.gelu(dense(norm(attended.ref, p, "2"), p, "1"));
    return np.mean(np.square(attended.add(dense(hidden, p, "2")).sub(y)));
  };
  return descending(data, loss, floats(data, "x"), floats(data, "y"));
}
