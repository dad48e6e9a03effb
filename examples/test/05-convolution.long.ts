import { convolutionPart } from "../src/05-convolution.ts";
import { holdsWhatItStates } from "./claims.ts";

holdsWhatItStates(convolutionPart);
