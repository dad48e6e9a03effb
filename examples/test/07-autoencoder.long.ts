import { autoencoderPart } from "../src/07-autoencoder.ts";
import { holdsWhatItStates } from "./claims.ts";

holdsWhatItStates(autoencoderPart);
