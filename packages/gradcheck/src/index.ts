/** Numerical gradient checking. */
export {};
