import {
  type AnyTensor,
  add,
  grad,
  hessian,
  isFloat,
  isTensor,
  jacobian,
  jvp,
  mul,
  sum,
  tensor,
  vjp,
} from "@tapegrad/core";
import { firstDifference, numberDifference, worstError } from "./compare.ts";
import { withOurConventions } from "./conventions.ts";
import { fieldGroups } from "./field-groups.ts";
import { operations, scalarFunctions, stepOf } from "./operations.ts";
import type { Runner } from "./runner.ts";
import { type Attrs, type Case, type StoredTensor, toTensor } from "./schema.ts";

export type Outcome =
  | { readonly verdict: "passed" }
  | { readonly verdict: "failed"; readonly difference: string }
  | { readonly verdict: "unsupported"; readonly missing: readonly string[] };

/** Second derivatives of deep graphs lose more digits than the tolerance of the first grants. */
const HVP_SLACK = 1e3;
/** A float32 run may be this much worse than PyTorch's own, plus a floor. */
const FLOAT32_SLACK = 16;
const FLOAT32_FLOOR = 1e-6;

/** Something that makes another function of a function of tensors, with the same results. */
export type Through = <Args extends unknown[], Out>(f: (...args: Args) => Out) => (...args: Args) => Out;
export const asTheyAre: Through = (f) => f;

/** Runs a case through the public interface. */
export function runCase(stored: Case, through: Through = asTheyAre): Outcome {
  const spec = withOurConventions(stored);
  const difference = differenceOf(spec, through);
  if (difference === null) return { verdict: "unsupported", missing: [`${spec.group}/${spec.op}`] };
  if (Array.isArray(difference)) return { verdict: "unsupported", missing: difference };
  return difference === undefined ? { verdict: "passed" } : { verdict: "failed", difference };
}

/** The first difference, `undefined` for none, `null` or names where the case needs operations that we have not. */
function differenceOf(spec: Case, through: Through): string | undefined | null | string[] {
  const name = `${spec.group}/${spec.op}`;
  try {
    const field = fieldGroups[spec.group];
    if (field !== undefined) return field(spec);
    if (spec.group === "nth_derivative") return checkNthDerivative(spec);
    if (name === "semantics/accumulate") return checkAccumulation(spec);
    const runner = spec.group === "program" ? programOf(spec.attrs) : operations[name];
    if (runner === undefined) return null;
    if (Array.isArray(runner)) return runner;
    if (spec.group === "hessian") return checkMatrix(runner, spec, spec.hessian!, "hessian", through);
    if (spec.group === "jacobian") return checkMatrix(runner, spec, spec.jacobian!, "jacobian", through);
    return checkOperation(runner, spec, through) ?? checkFloat32(runner, spec, through);
  } catch (error) {
    return `threw ${error}`;
  }
}

const asArray = (value: AnyTensor | readonly AnyTensor[]): readonly AnyTensor[] => (isTensor(value) ? [value] : value);

/** A case as a function of its float inputs. */
function asFunction(runner: Runner, spec: Case, float: "float32" | "float64" = "float64") {
  const inputs = (spec.inputs ?? []).map((stored) => toTensor(stored, float));
  const floats = inputs.filter(({ dtype }) => isFloat(dtype));
  const f = (xs: readonly AnyTensor[]): readonly AnyTensor[] => {
    let next = 0;
    return asArray(
      runner(
        inputs.map((input) => (isFloat(input.dtype) ? xs[next++]! : input)),
        spec.attrs,
      ),
    );
  };
  /** What a case gives for each input, for the float ones alone. */
  const ofFloats = <T>(perInput: readonly T[]): T[] => perInput.filter((_, i) => isFloat(inputs[i]!.dtype));
  return { f, floats, ofFloats };
}

function checkOperation(runner: Runner, spec: Case, through: Through): string | undefined {
  const { f, floats, ofFloats } = asFunction(runner, spec);
  const outputs = through(f)(floats);
  const expected = spec.outputs ?? [];
  if (outputs.length !== expected.length) return `${outputs.length} outputs, expected ${expected.length}`;
  for (const [i, stored] of expected.entries()) {
    const difference = firstDifference(`output ${i}`, outputs[i], stored, spec.tol);
    if (difference) return difference;
  }
  if (!spec.cotangents || floats.length === 0) return undefined;
  const cotangents = spec.cotangents.map((stored) => stored && toTensor(stored));
  const gradientsAt = (xs: readonly AnyTensor[]): readonly AnyTensor[] =>
    vjp(f)(xs).pullBack(cotangents as never) as readonly AnyTensor[];
  const wrong = spec.grads && firstOf("gradient", through(gradientsAt)(floats), ofFloats(spec.grads), spec.tol);
  if (wrong || !spec.tangents) return wrong;
  const tangents = ofFloats(spec.tangents).map((stored) => stored && toTensor(stored)) as never;
  if (spec.jvp) {
    const pushedAt = (xs: readonly AnyTensor[]): readonly AnyTensor[] =>
      jvp(f)(xs, tangents).tangent as unknown as readonly AnyTensor[];
    const pushed = through(pushedAt)(floats);
    const difference = firstOf("jvp", pushed, spec.jvp, spec.tol);
    if (difference) return difference;
  }
  if (!spec.hvp) return undefined;
  const secondAt = (xs: readonly AnyTensor[]): readonly AnyTensor[] =>
    jvp(gradientsAt)(xs, tangents).tangent as unknown as readonly AnyTensor[];
  const second = through(secondAt)(floats);
  const tol = { rtol: spec.tol.rtol * HVP_SLACK, atol: spec.tol.atol * HVP_SLACK };
  return firstOf("hvp", second, ofFloats(spec.hvp), tol);
}

/** The first difference among several tensors; inputs that a case excludes have none expected. */
function firstOf(
  what: string,
  actual: readonly (AnyTensor | null)[],
  expected: readonly (StoredTensor | null)[],
  tol: Case["tol"],
): string | undefined {
  for (const [i, stored] of expected.entries()) {
    if (stored === null) continue;
    const difference = firstDifference(`${what} ${i}`, actual[i], stored, tol);
    if (difference) return difference;
  }
  return undefined;
}

/** The same in float32, held to PyTorch's own float32 error. */
function checkFloat32(runner: Runner, spec: Case, through: Through): string | undefined {
  // Special values, such as 1e300, are beyond the range of float32.
  if (!spec.f32 || spec.tags?.includes("special")) return undefined;
  const { f, floats, ofFloats } = asFunction(runner, spec, "float32");
  if (floats.length === 0) return undefined;
  const value = through(f)(floats);
  const allowed = (error = 0): number => FLOAT32_SLACK * error + FLOAT32_FLOOR;
  for (const [i, stored] of (spec.outputs ?? []).entries()) {
    const error = worstError(value[i]!, stored);
    if (error > allowed(spec.f32.out)) return `float32 output ${i}: error ${error}, allowed ${allowed(spec.f32.out)}`;
  }
  if (!spec.grads || !spec.cotangents) return undefined;
  const cotangents = spec.cotangents.map((stored) => stored && toTensor(stored, "float32"));
  const gradientsAt = (xs: readonly AnyTensor[]): readonly AnyTensor[] =>
    vjp(f)(xs).pullBack(cotangents as never) as readonly AnyTensor[];
  const gradients = through(gradientsAt)(floats);
  for (const [i, stored] of ofFloats(spec.grads).entries()) {
    const error = stored === null ? 0 : worstError(gradients[i]!, stored);
    if (error > allowed(spec.f32.grad))
      return `float32 gradient ${i}: error ${error}, allowed ${allowed(spec.f32.grad)}`;
  }
  return undefined;
}

function checkMatrix(
  runner: Runner,
  spec: Case,
  expected: StoredTensor,
  kind: "hessian" | "jacobian",
  through: Through,
): string | undefined {
  const x = toTensor(spec.inputs![0]!);
  const f = (at: AnyTensor): AnyTensor => runner([at], spec.attrs) as AnyTensor;
  if (kind === "hessian") return firstDifference(kind, through(hessian(f))(x) as AnyTensor, expected, spec.tol);
  for (const mode of ["reverse", "forward"] as const) {
    const difference = firstDifference(
      `${kind}, ${mode}`,
      through(jacobian(f, { mode }))(x) as AnyTensor,
      expected,
      spec.tol,
    );
    if (difference) return difference;
  }
  return undefined;
}

function checkNthDerivative(spec: Case): string | undefined | null {
  let f = scalarFunctions[spec.op];
  if (f === undefined) return null;
  const x = tensor(spec.attrs.x as number, { dtype: "float64" }) as AnyTensor;
  for (const [order, expected] of spec.derivatives!.entries()) {
    const difference = numberDifference(`derivative ${order}`, f(x).item(), Number(expected), spec.tol);
    if (difference) return difference;
    f = grad(f) as (at: AnyTensor) => AnyTensor;
  }
  return undefined;
}

/** Gradients are values here: adding two of them is what accumulation means. */
function checkAccumulation(spec: Case): string | undefined {
  const x = toTensor(spec.inputs![0]!);
  const first = grad((at: AnyTensor) => sum(mul(at, at)))(x);
  const second = grad((at: AnyTensor) => sum(mul(3, at)))(x);
  return (
    firstDifference("first", first, spec.after_first_backward!, spec.tol) ??
    firstDifference("second", add(first, second), spec.after_second_backward!, spec.tol)
  );
}

/** A random program: node i has index `inputs.length + i`, and the last node is the result. */
function programOf({ nodes }: Attrs): Runner | string[] {
  const list = nodes as readonly { readonly op: string; readonly args: readonly number[]; readonly attrs?: Attrs }[];
  const missing = list.filter(({ op }) => stepOf(op) === undefined).map(({ op }) => `program step ${op}`);
  if (missing.length > 0) return missing;
  return (inputs) => {
    const values = [...inputs];
    for (const { op, args, attrs } of list) {
      const operands = args.map((index) => values[index]!);
      values.push(stepOf(op)!(operands, attrs ?? {}) as AnyTensor);
    }
    return values.at(-1)!;
  };
}
