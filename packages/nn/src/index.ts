/** Modules, initializers, losses and regularizers. */
export {};
