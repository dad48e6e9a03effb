import "./methods.ts";

export * from "./functions.ts";
