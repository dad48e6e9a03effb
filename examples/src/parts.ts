import { gradientCheckingPart } from "./01-gradient-checking.ts";
import { initializationPart } from "./02-initialization.ts";
import { regularizationPart } from "./03-regularization.ts";
import { digitsPart } from "./04-digits.ts";
import { convolutionPart } from "./05-convolution.ts";
import { textPart } from "./06-text.ts";
import { autoencoderPart } from "./07-autoencoder.ts";
import { fitPart } from "./08-fit.ts";
import { physicsPart } from "./09-physics.ts";
import { ensemblePart } from "./10-ensemble.ts";
import { outliersPart } from "./11-outliers.ts";
import { type Listed, listed } from "./lib/part.ts";

/** All examples, in the order of their numbers. */
export const parts: readonly Listed[] = [
  listed(gradientCheckingPart),
  listed(initializationPart),
  listed(regularizationPart),
  listed(digitsPart),
  listed(convolutionPart),
  listed(textPart),
  listed(autoencoderPart),
  listed(fitPart),
  listed(physicsPart),
  listed(ensemblePart),
  listed(outliersPart),
];
