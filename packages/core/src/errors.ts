/**
 * Every error that Tapegrad throws on purpose. All name the operation first, then what was wrong, then what to do:
 * `matmul: inner dimensions of [2, 3] and [5, 4] differ; transpose an operand or check its shape`.
 */
export class TapegradError extends Error {
  /** The operation or function that refused. */
  readonly operation: string;

  constructor(operation: string, problem: string, advice?: string) {
    super(`${operation}: ${problem}${advice === undefined ? "" : `; ${advice}`}`);
    this.name = new.target.name;
    this.operation = operation;
  }
}

/** Shapes, ranks or axes do not fit. */
export class ShapeError extends TapegradError {}

/** Data types do not fit, or a promotion would lose something silently. */
export class DTypeError extends TapegradError {}

/** An argument is outside what the function accepts. */
export class ArgumentError extends TapegradError {}

/** A value was asked of a tensor that has none: it is abstract, known by shape and dtype only. */
export class AbstractValueError extends TapegradError {}

/** A function cannot be differentiated as asked: no scalar, no tensor, no dependence in strict mode, no rule. */
export class GradientError extends TapegradError {}

/** `detectAnomalies` met an operation that made a NaN or an infinity. */
export class AnomalyError extends TapegradError {}

/** A kernel could not be run to its end: a thread that took part is gone. */
export class KernelError extends TapegradError {}

/** A tensor was asked for its values after it had been handed over to a compiled function. */
export class DonatedError extends TapegradError {}

/** A tape cannot be replayed. */
export class ReplayError extends TapegradError {}

/** A tree of parameters is not what it should be: other keys than its twin, no such path, nothing in it. */
export class TreeError extends TapegradError {}
