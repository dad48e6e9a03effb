// Valid and invalid uses of the matchers. Compiled, never run.
import { mul, ones, sum, type Tensor } from "@tapegrad/core";
import { expect } from "vitest";
import "../../src/vitest.ts";

declare const x: Tensor;
const ofTensor = (at: Tensor): Tensor => sum(at);
const ofTree = ({ w, b }: { w: Tensor; b: Tensor }): Tensor => sum(mul(w, b));

expect(ofTensor).toHaveCorrectGradients(x);
expect(ofTensor).toHaveCorrectGradients(ones([2, 3]), { order: 2 });
expect(ofTree).toHaveCorrectGradients({ w: x, b: ones([2]) });
expect(ofTree).not.toHaveCorrectGradients({ w: x, b: x });
expect((at: Tensor) => sum(at)).toHaveCorrectGradients(x);

// @ts-expect-error - a tree lacks a parameter
expect(ofTree).toHaveCorrectGradients({ w: x });
// @ts-expect-error - the function takes a tensor
expect(ofTensor).toHaveCorrectGradients([x]);
// @ts-expect-error - the point is missing
expect(ofTensor).toHaveCorrectGradients();
// @ts-expect-error - there is no order 3
expect(ofTensor).toHaveCorrectGradients(x, { order: 3 });
// @ts-expect-error - a tensor is no function
expect(x).toHaveCorrectGradients(x);
