import { allocate } from "../dtype.ts";
import { kernels } from "../kernels/active.ts";
import { checkTensors, type OpDef } from "../op.ts";
import { normalizeAxis, stridesOf } from "../shape.ts";
import { type AnyTensor, storageOf } from "../tensor.ts";
import { checkFits, checkIndex, checkSource, refuse } from "./index-checks.ts";

/** Attributes of operations along one axis. */
export interface Along {
  readonly axis: number;
}

/** What the operations that write to indexed places have in common: all but their rules. */
export function scattering(
  name: "scatter" | "scatterAdd",
): Required<Pick<OpDef<Along>, "name" | "parse" | "infer" | "forward">> {
  return {
    name,
    parse: (x: AnyTensor, index: AnyTensor, source: AnyTensor, axis: number) => {
      checkTensors(name, [x, index, source]);
      return { inputs: [x, index, source], attributes: { axis: normalizeAxis(name, axis, x.shape) } };
    },
    infer: ([x, index, source], { axis }) => {
      checkIndex(name, index!.dtype);
      checkFits(name, x!.shape, index!.shape, axis);
      checkSource(name, x!, source!, index!.shape);
      return { shape: x!.shape, dtype: x!.dtype };
    },
    forward: ([x, index, source], { axis }) => {
      const out = allocate(x!.dtype, x!.size);
      const { shape } = index!;
      const length = x!.shape[axis]!;
      const [outStrides, indexStrides] = [stridesOf(x!.shape), stridesOf(shape)];
      refuse(
        name,
        kernels[name](
          storageOf(x!),
          out,
          outStrides,
          length,
          storageOf(index!),
          indexStrides,
          shape,
          axis,
          storageOf(source!),
        ),
        length,
      );
      return out;
    },
  };
}
