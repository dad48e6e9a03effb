import { add, allClose, sub } from "@tapegrad/core";
import { broadcastablePairs, tensors } from "@tapegrad/gradcheck/property";
import fc from "fast-check";

const pairs = broadcastablePairs().chain(({ a, b }) => fc.tuple(tensors(a), tensors(b)));
fc.assert(fc.property(pairs, ([x, y]) => allClose(sub(add(x, y), y), add(x, sub(y, y)))));
