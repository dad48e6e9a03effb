import { tensor } from "@tapegrad/core";
import { sgd } from "@tapegrad/optim";
import { applyPatches, enablePatches, produceWithPatches } from "immer";

enablePatches();
const state = sgd({ learningRate: 0.1 }).init({ w: tensor([1, 2]) });

const [later, patches, inverse] = produceWithPatches(state, (draft) => {
  draft.hyper.learningRate = 0.01;
  draft.frozen.push("w");
});
patches.map(({ path }) => path.join(".")).sort(); // ["frozen.0", "hyper.learningRate"]
applyPatches(later, inverse).hyper.learningRate; // 0.1
