import { TapegradError } from "@tapegrad/core/functions";

/** A module is built or used in a way that cannot work: private fields, functions as fields, no key, no such buffer. */
export class ModuleError extends TapegradError {}
