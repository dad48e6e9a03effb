import { type AnyTensor, type DType, tensor } from "@tapegrad/core";

/** A number, or one that JSON cannot write. */
export type Num = number | "nan" | "inf" | "-inf";

export interface StoredTensor {
  readonly shape: readonly number[];
  readonly dtype: "f64" | "i64" | "bool";
  readonly data: readonly (Num | boolean)[];
}

/** A numeric case; see README.md beside the cases. */
export interface Case {
  readonly id: string;
  readonly group: string;
  readonly op: string;
  readonly attrs: Attrs;
  readonly inputs?: readonly StoredTensor[];
  readonly outputs?: readonly StoredTensor[];
  readonly cotangents?: readonly (StoredTensor | null)[];
  readonly grads?: readonly (StoredTensor | null)[];
  readonly tangents?: readonly (StoredTensor | null)[];
  readonly jvp?: readonly (StoredTensor | null)[];
  readonly hvp?: readonly (StoredTensor | null)[];
  readonly tol: Tolerance;
  readonly f32?: { readonly out?: number; readonly grad?: number };
  readonly tags?: readonly string[];
  // Fields of groups of their own.
  readonly hessian?: StoredTensor;
  readonly jacobian?: StoredTensor;
  readonly derivatives?: readonly Num[];
  readonly lrs?: readonly number[];
  readonly params?: readonly StoredTensor[];
  readonly grads_per_step?: readonly (readonly StoredTensor[])[];
  readonly params_after_step?: readonly (readonly StoredTensor[])[];
  readonly total_norm?: number;
  readonly expected?: Readonly<Record<string, number | Readonly<Record<string, number>>>>;
  readonly after_first_backward?: StoredTensor;
  readonly after_second_backward?: StoredTensor;
}

/** Attributes, with names as in PyTorch but axis and keepdims. */
// biome-ignore lint/suspicious/noExplicitAny: each operation has attributes of its own, read from JSON.
export type Attrs = Readonly<Record<string, any>>;

export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

export function toNumber(value: Num | boolean): number {
  if (value === "nan") return Number.NaN;
  if (value === "inf") return Number.POSITIVE_INFINITY;
  if (value === "-inf") return Number.NEGATIVE_INFINITY;
  return Number(value);
}

/** The tensor of a case, floats in the dtype asked for. */
export function toTensor(stored: StoredTensor, float: "float32" | "float64" = "float64"): AnyTensor {
  const dtype: DType = stored.dtype === "f64" ? float : stored.dtype === "i64" ? "int32" : "bool";
  const values = stored.data.map(toNumber);
  return tensor(values, { dtype, shape: stored.shape }) as AnyTensor;
}
