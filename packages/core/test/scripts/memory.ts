import { add, mul, ones } from "../../src/index.ts";

// Prints by how many bytes the resident set grows over 200,000 operations in one synchronous loop.
const x = ones([1000]);
let y = ones([1000]);
for (let i = 0; i < 1000; i++) y = add(mul(y, 0.5), x);
const before = process.memoryUsage.rss();
for (let i = 0; i < 100_000; i++) y = add(mul(y, 0.5), x);
console.log(process.memoryUsage.rss() - before);
