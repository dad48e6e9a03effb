/** Metrics of a whole data set, batch by batch. */
export { accuracy, f1, perplexity, precision, recall, topKAccuracy } from "./classification.ts";
export { averagePrecision, rocAuc } from "./ranking.ts";
export { meanAbsoluteError, r2 } from "./regression.ts";
