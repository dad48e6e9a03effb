import type { Body } from "../../wasm/builder.ts";
import type { Features, V128 } from "../../wasm/instructions.ts";
import { doubleErrorFunctions } from "./double-error-functions.ts";
import { doubleFunctions } from "./double-functions.ts";
import { singlePower } from "./power.ts";
import { singleErrorFunctions } from "./single-error-functions.ts";
import { singleFunctions } from "./single-functions.ts";
import { doubleTrigonometric, singleTrigonometric } from "./trigonometric.ts";
import type { VectorFunction } from "./vector-function.ts";

/** What is asked for again and again, made once for each dtype and kind of machine. */
function onceEach<T>(make: (bytes: 4 | 8, features: Features) => T): (bytes: 4 | 8, features: Features) => T {
  const made = new Map<string, T>();
  return (bytes, features) => {
    const key = `${bytes} ${features.fma}`;
    let found = made.get(key);
    if (found === undefined) {
      found = make(bytes, features);
      made.set(key, found);
    }
    return found;
  };
}

type Functions = Readonly<Record<string, VectorFunction>>;

/** Elementary functions of a float dtype, by the names of their operations. */
export const functionsOf: (bytes: 4 | 8, features: Features) => Functions = onceEach((bytes, features) =>
  bytes === 4
    ? { ...singleFunctions(features), ...singleErrorFunctions(features) }
    : { ...doubleFunctions(features), ...doubleErrorFunctions(features) },
);

/** Functions for arguments up to a size; plain loops take the rest. */
export const limitedFunctionsOf = (bytes: 4 | 8, features: Features): Readonly<Record<string, VectorFunction>> =>
  bytes === 4 ? { ...singleTrigonometric(features) } : { ...doubleTrigonometric(features) };

/** Functions of two numbers. */
export const binaryFunctionsOf: (
  bytes: 4 | 8,
  features: Features,
) => Readonly<Record<string, (body: Body, x: V128, y: V128) => V128>> = onceEach((bytes, features) =>
  bytes === 4 ? { power: singlePower(features) } : {},
);
