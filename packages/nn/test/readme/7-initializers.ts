import { key } from "@tapegrad/core";
import { fans, gain, glorotUniform, init, Linear, orthogonal } from "@tapegrad/nn";

new Linear(3, 4, { key: key(0), initializer: glorotUniform });
new Linear(3, 4, { key: key(0), initializer: init.normal({ std: 0.01 }), bias: init.constant(0.1) });
new Linear(3, 4, {
  key: key(0),
  initializer: (k, shape, options) => orthogonal(k, shape, { gain: gain("tanh"), ...options }),
});
fans([64, 16, 3]); // { fanIn: 48, fanOut: 192 }
init.heStd([20, 2]); // 1
