import { textPart } from "../src/06-text.ts";
import { holdsWhatItStates } from "./claims.ts";

holdsWhatItStates(textPart);
