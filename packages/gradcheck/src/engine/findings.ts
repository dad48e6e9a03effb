import type { Context } from "./context.ts";
import { type Covered, examineAlong, learn } from "./coverage.ts";
import { diagnose, type Known } from "./diagnose.ts";
import type { Disagreement, Judged } from "./judge.ts";
import { bisect, decode, type Located } from "./locate.ts";
import type { Reverse } from "./references.ts";
import { isMoved } from "./runs.ts";
import type { Block } from "./subject.ts";

/** What came out for one input. */
export interface Finding extends Covered {
  /** Which derivative by it is wrong; `null` where all agree. */
  readonly wrong: Disagreement["wrong"] | null;
  readonly diagnosis: string | null;
  readonly worst: Located | null;
}

/** Inputs that are looked at one by one, rather than by halves. */
const FEW = 8;
/** Wrong inputs whose worst element and kind of mistake are looked for. */
const EXPLAINED = 4;

/** Finds which inputs a disagreement is about, and for some of them the worst element and the kind of the mistake. */
export function findingsOf(
  context: Context,
  covered: readonly Covered[],
  judged: readonly Judged[],
  reverse: Reverse | null,
  explain: boolean,
): Finding[] {
  const disagreements = judged.flatMap((one) => one.disagreements);
  const right = (one: Covered): Finding => ({ ...one, wrong: null, diagnosis: null, worst: null });
  const [first] = disagreements;
  const trials = [...judged];
  if (first === undefined || !showsAgain(context, covered, trials, first)) return covered.map(right);
  const isReverse = disagreements.some(({ wrong }) => wrong === "reverse");
  if (!explain)
    return covered.map((one) => ({
      ...right(one),
      wrong: isMoved(first.trial.direction, one.block) ? first.wrong : null,
    }));

  if (isReverse && first.cotangent === 0) {
    const single = decode(context, trials);
    if (single !== null) {
      const { found, rest } = single;
      const owner = context.blockOf(found.coordinate);
      return covered.map((one) =>
        one.block.start === owner.start
          ? { ...one, wrong: "reverse", diagnosis: elementText(found), worst: found }
          : { ...right(one), multiple: rest, relativeError: 0 },
      );
    }
  }
  // What is found out from here on is about the first cotangent.
  context.focus(first.cotangent);
  const wrong = wrongInputs(context, covered);
  if (wrong.size === 0) {
    const diagnosis = "it is wrong together with others, of which none could be told by itself";
    return covered.map((one) =>
      isMoved(first.trial.direction, one.block) ? { ...right(one), wrong: first.wrong, diagnosis } : right(one),
    );
  }
  let explained = 0;
  return covered.map((one) => {
    const own = wrong.get(one.block);
    if (own === undefined) return right(one);
    const kinds = own.disagreements.map((disagreement) => disagreement.wrong);
    const kind = kinds.includes("reverse") ? "reverse" : kinds[0]!;
    if (kind !== "reverse" || ++explained > EXPLAINED) return { ...right(one), wrong: kind };
    return { ...one, wrong: kind, ...explanation(context, one.block, own, reverse) };
  });
}

/** Whether a disagreement is met along a second direction too, which is added: a mistake shows along each, and rounding along some. */
function showsAgain(context: Context, covered: readonly Covered[], trials: Judged[], first: Disagreement): boolean {
  if (trials.filter(({ disagreements }) => disagreements.length > 0).length > 1) return true;
  const blocks = covered.flatMap(({ block }) => (isMoved(first.trial.direction, block) ? [block] : []));
  const again = examineAlong(context, blocks);
  trials.push(again);
  return again.disagreements.length > 0 || (again.trial.line === null && first.trial.line !== null);
}

const elementText = ({ analytic }: Located): string =>
  analytic === 0 ? "one element is missing: it is 0" : "one element is wrong, and no other";

/** The inputs along which references disagree, one by one or by halves, with trials that show it. */
function wrongInputs(context: Context, covered: readonly Covered[]): Map<Block, Judged> {
  const wrong = new Map<Block, Judged>();
  const visit = (part: readonly Covered[]): void => {
    if (part.length === 0 || !context.affords(6)) return;
    context.hasPushed = false;
    const own = examineAlong(
      context,
      part.map(({ block }) => block),
    );
    learn(context, part, own);
    if (own.disagreements.length === 0) return;
    if (part.length === 1) wrong.set(part[0]!.block, own);
    else split(part);
  };
  const split = (part: readonly Covered[]): void => {
    const half = Math.ceil(part.length / 2);
    const parts = part.length <= FEW ? part.map((one) => [one]) : [part.slice(0, half), part.slice(half)];
    for (const one of parts) visit(one);
  };
  // What was learned while something was wrong was about the mistake.
  for (const one of covered)
    Object.assign(one, { resolving: Number.POSITIVE_INFINITY, vanishes: false, multiple: 0, relativeError: 0 });
  split(covered);
  return wrong;
}

function explanation(
  context: Context,
  block: Block,
  own: Judged,
  reverse: Reverse | null,
): { diagnosis: string | null; worst: Located | null } {
  const { trial, numeric } = own;
  if (trial.line === null) return { diagnosis: null, worst: null };
  const known: Known[] = [{ direction: trial.direction, numeric: numeric[0]! }];
  if (context.affords(6)) {
    const again = examineAlong(context, [block]);
    if (again.numeric[0] !== undefined) known.push({ direction: again.trial.direction, numeric: again.numeric[0] });
  }
  const diagnosis = diagnose(context, block, known, reverse);
  const error = trial.reverse![0]!.value - numeric[0]!.value;
  return { diagnosis, worst: bisect(context, block, trial.line, error) };
}
