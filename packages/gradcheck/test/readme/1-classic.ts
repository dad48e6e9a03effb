import { mul, square, sub, sum, type Tensor, tensor } from "@tapegrad/core";
import { classicCheck, formatClassicReport } from "@tapegrad/gradcheck";

const x = tensor([1, 2, 3], { dtype: "float64" });
const loss = ({ w, b }: { w: Tensor; b: Tensor }): Tensor => sum(square(sub(mul(x, w), b)));
const model = { w: tensor([2, 1, 0.5], { dtype: "float64" }), b: tensor(0.5, { dtype: "float64" }) };

const report = classicCheck(loss, model);
report.difference < 1e-6; // true
formatClassicReport(report).split("\n").length; // 4
