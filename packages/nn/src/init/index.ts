// As a namespace, `init`: some names are those of core's draws, which take other arguments.
export { fans } from "./fans.ts";
export { gain } from "./gain.ts";
export { glorotBound, glorotNormal, glorotStd, glorotUniform } from "./glorot.ts";
export { heBound, heNormal, heStd, heUniform } from "./he.ts";
export { lecunNormal, lecunStd } from "./lecun.ts";
export { orthogonal } from "./orthogonal.ts";
export { constant, normal, truncatedNormal, uniform, zeros } from "./plain.ts";
