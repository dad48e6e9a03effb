import type { Kernels } from "../kernels.ts";
import { argReduce } from "./arg-reduce.ts";
import { cast } from "./cast.ts";
import { convolve, convolveInput, convolveKernel } from "./convolution.ts";
import { cumulativeSum } from "./cumulative.ts";
import { binary, unary, where } from "./elementwise.ts";
import { gather, scatter, scatterAdd } from "./indexing.ts";
import { matmul } from "./matmul.ts";
import { stridedRead, stridedWrite } from "./movement.ts";
import { oneHot } from "./one-hot.ts";
import { maxPool, spreadPool, sumPool } from "./pooling.ts";
import { foldIn, randomBits, randomNormal, randomTruncatedNormal, randomUniform, splitKey } from "./random.ts";
import { reduce } from "./reduce.ts";
import { softmax, softmaxJacobian } from "./softmax.ts";
import { sort } from "./sort.ts";
import { standardize, standardizeJacobian } from "./standardize.ts";
import { stridedAdd } from "./windows.ts";

/** Plain loops over typed arrays, for every dtype: the oracle of every faster set of kernels. */
export const reference: Kernels = {
  unary,
  binary,
  where,
  reduce,
  argReduce,
  softmax,
  softmaxJacobian,
  standardize,
  standardizeJacobian,
  cumulativeSum,
  stridedRead,
  stridedWrite,
  stridedAdd,
  matmul,
  convolve,
  convolveInput,
  convolveKernel,
  maxPool,
  sumPool,
  spreadPool,
  gather,
  scatterAdd,
  scatter,
  sort,
  oneHot,
  cast,
  randomBits,
  randomUniform,
  randomNormal,
  randomTruncatedNormal,
  splitKey,
  foldIn,
};
