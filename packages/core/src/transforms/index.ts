export { checkpoint } from "./checkpoint.ts";
export { customGradient, type WithPullBack } from "./custom-gradient.ts";
export { type AuxOption, grad, type ValueAndGradient, valueAndGrad } from "./grad.ts";
export { hessian, type Jacobian, type JacobianOptions, jacobian } from "./jacobian.ts";
export { hvp, jvp, type PushedForward } from "./jvp.ts";
export { type Recording, record } from "./record.ts";
export type { Gradient, Selection } from "./trees.ts";
export { type DifferentiateOptions, type GradientOf, type PulledBack, vjp } from "./vjp.ts";
export { type VmapOptions, vmap } from "./vmap.ts";
