import { outliersPart } from "../src/11-outliers.ts";
import { holdsWhatItStates } from "./claims.ts";

holdsWhatItStates(outliersPart);
