import { physicsPart } from "../src/09-physics.ts";
import { holdsWhatItStates } from "./claims.ts";

holdsWhatItStates(physicsPart);
