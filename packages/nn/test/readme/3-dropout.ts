import { key, mean, ones, tensor } from "@tapegrad/core";
import { apply, Dropout, dropoutWithMask, Sequential } from "@tapegrad/nn";

const noisy = new Sequential(new Dropout(0.8), new Dropout(0.8));
const x = ones([1000]);

const once = apply(noisy, x, { key: key(1) }).output;
const again = apply(noisy, x, { key: key(1) }).output;
mean(once.equal(again)).item(); // 1
noisy.forward(x) === x; // true
dropoutWithMask(tensor([1, 2]), tensor([true, false]), 0.5).toArray(); // [2, 0]
