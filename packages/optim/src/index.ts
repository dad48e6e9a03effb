/** Optimizers as pure functions over immutable state. */
export {};
