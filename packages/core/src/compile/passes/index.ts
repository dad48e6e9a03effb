import type { Program } from "../../program.ts";
import { commonSubexpressions } from "./common-subexpressions.ts";
import { deadCode } from "./dead-code.ts";
import { decompose } from "./decompose.ts";
import { foldConstants } from "./fold-constants.ts";
import type { Pass } from "./rewrite.ts";
import { simplify } from "./simplify.ts";

/** All passes, in order. */
export const passes: readonly Pass[] = [deadCode, decompose, foldConstants, simplify, commonSubexpressions, deadCode];

/** What a pass did to a program. */
export interface PassReport {
  readonly name: string;
  readonly before: number;
  readonly after: number;
}

/** The program after the passes, and how many entries each found and left. */
export function optimize(program: Program, chosen: readonly Pass[]): { program: Program; reports: PassReport[] } {
  let now = program;
  const reports = chosen.map(({ name, run }) => {
    const before = now.entries.length;
    now = run(now);
    return { name, before, after: now.entries.length };
  });
  return { program: now, reports };
}
