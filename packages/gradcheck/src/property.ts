/** Property-based gradient checking with fast-check. */
export {};
