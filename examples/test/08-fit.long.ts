import { fitPart } from "../src/08-fit.ts";
import { holdsWhatItStates } from "./claims.ts";

holdsWhatItStates(fitPart);
