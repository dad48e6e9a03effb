/** After one of these a slash begins a regular expression, not a division. */
const beforeRegex =
  /(?:^|[([{};,=:!&|?+\-*%<>~^]|\b(?:return|typeof|case|in|of|void|delete|instanceof|new|throw|yield|await|do|else))\s*$/;
const regexAt = /\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y;
/** What compilers to older targets make of private members. */
const downLevelled = /\b__privateAdd\b|\b__classPrivateField(?:Get|Set)\b|\b_?classPrivateField/;
const staticBefore = /\bstatic\s+(?:async\s+)?(?:get\s+|set\s+|accessor\s+)?(?:\*\s*)?$/;

/**
 * A `#private` member of instances in the source text of a class, or `undefined`. Comments, strings and the bodies of
 * methods do not count; static private members do no harm.
 */
export function privateMember(source: string): string | undefined {
  const body = classBody(source);
  for (const match of body.matchAll(/(?<![\w$.#])#[\w$\u0080-\uffff]+/g)) {
    if (!staticBefore.test(body.slice(0, match.index))) return match[0];
  }
  return downLevelled.exec(source)?.[0];
}

/** The text of a class that is in its own braces and in no further brackets, without comments and literals. */
function classBody(source: string): string {
  const open: string[] = [];
  let body = "";
  let code = "";
  for (let i = 0; i < source.length; ) {
    const next = skipLiteral(source, i, code, open.at(-1) === "${");
    if (next > i) {
      if (open.at(-1) === "${" && source[i] === "}") open.pop();
      if (source.startsWith("${", next - 2) && (source[i] === "`" || source[i] === "}")) open.push("${");
      const isComment = source.startsWith("//", i) || source.startsWith("/*", i);
      code += isComment ? " " : '""';
      if (open.length === 1) body += " ";
      i = next;
      continue;
    }
    const character = source[i]!;
    if ("([{".includes(character)) open.push(character);
    if (")]}".includes(character)) open.pop();
    if (open.length === 1 && open[0] === "{") body += character;
    code += character;
    i++;
  }
  return body;
}

/** Where the comment, string, template part or regular expression that begins at `i` ends; `i` where none begins. */
function skipLiteral(source: string, i: number, before: string, inTemplate: boolean): number {
  const character = source[i]!;
  if (character === '"' || character === "'") return endOf(source, i, character);
  if (character === "`" || (character === "}" && inTemplate)) return endOfTemplate(source, i);
  if (character !== "/") return i;
  if (source[i + 1] === "/") return indexOrEnd(source, "\n", i);
  if (source[i + 1] === "*") return indexOrEnd(source, "*/", i + 2) + 2;
  regexAt.lastIndex = i;
  return beforeRegex.test(before.slice(-40)) && regexAt.test(source) ? regexAt.lastIndex : i;
}

const indexOrEnd = (source: string, text: string, from: number): number => {
  const index = source.indexOf(text, from);
  return index === -1 ? source.length : index;
};

function endOf(source: string, start: number, quote: string): number {
  let i = start + 1;
  while (i < source.length && source[i] !== quote) i += source[i] === "\\" ? 2 : 1;
  return i + 1;
}

/** The end of a template's text: after its closing backtick, or after the `${` of an expression. */
function endOfTemplate(source: string, start: number): number {
  let i = start + 1;
  while (i < source.length) {
    if (source[i] === "`") return i + 1;
    if (source.startsWith("${", i)) return i + 2;
    i += source[i] === "\\" ? 2 : 1;
  }
  return i;
}
