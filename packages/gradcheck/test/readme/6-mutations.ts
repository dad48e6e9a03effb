import { sum, tanh, tensor } from "@tapegrad/core";
import { checkGradients, killRate, mutateRule, mutationsOf } from "@tapegrad/gradcheck";

const x = tensor([0.1, 0.2, 0.3], { dtype: "float64" });
const wrong = mutateRule(tanh, { kind: "scale", factor: 1.0001, input: 0, mode: "both", order: 1 });
checkGradients((at) => sum(wrong(at)), x).verdict; // "fail"

mutationsOf(tanh).length; // 22
const { total, survivors } = killRate({ tanh });
total[0].killed; // 36
survivors.length; // 0
