import { ensemblePart } from "../src/10-ensemble.ts";
import { holdsWhatItStates } from "./claims.ts";

holdsWhatItStates(ensemblePart);
