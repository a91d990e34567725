// JSON as text: what may be spliced into a record as it came, and where a member of an object lies.

/** Deeper bodies are kept as base64: databases and serialisers downstream recurse. */
const deepest = 100;

/**
 * True when the text is one JSON value that cannot reach outside the place where it is put. The bytes must be valid UTF-8.
 * `isJson`: it was parsed before.
 */
export function isSpliceable(text: string, isJson = false): boolean {
  try {
    if (!isJson) JSON.parse(text);
  } catch {
    return false;
  }
  return opensAtMost(text, deepest) || depthOf(text) <= deepest;
}

/** No text is deeper than it has brackets: most have few, and looking for them takes a tenth of the time of counting the depth. */
function opensAtMost(text: string, most: number): boolean {
  let left = most;
  for (const bracket of ['[', '{'])
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) if (--left < 0) return false;
  return true;
}

/** Of text that JSON.parse accepts. */
export function depthOf(text: string): number {
  let depth = 0;
  let most = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '"') i = endOfString(text, i) - 1;
    else if (character === '{' || character === '[') most = Math.max(most, ++depth);
    else if (character === '}' || character === ']') depth--;
  }
  return most;
}

/**
 * The text of a top-level member, digit for digit: parsing and printing again would change numbers beyond 2^53.
 * Of text that JSON.parse accepts as an object; the last member of the name counts, as it does for JSON.parse.
 */
export function memberText(text: string, name: string): string | undefined {
  let found: string | undefined;
  let at = skipBlanks(text, skipBlanks(text, 0) + 1);
  while (text[at] === '"') {
    const endOfName = endOfString(text, at);
    const start = skipBlanks(text, skipBlanks(text, endOfName) + 1);
    const end = endOfValue(text, start);
    if (JSON.parse(text.slice(at, endOfName)) === name) found = text.slice(start, end);
    at = skipBlanks(text, end);
    if (text[at] === ',') at = skipBlanks(text, at + 1);
  }
  return found;
}

function endOfValue(text: string, start: number): number {
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    const character = text[i];
    if (character === '"') i = endOfString(text, i) - 1;
    else if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']') {
      if (depth === 0) return trimEnd(text, i);
      depth--;
    } else if (character === ',' && depth === 0) return trimEnd(text, i);
  }
  return text.length;
}

/** The index behind the closing quote. */
function endOfString(text: string, open: number): number {
  let i = open + 1;
  while (i < text.length && text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
  return i + 1;
}

function skipBlanks(text: string, from: number): number {
  let i = from;
  while (text[i] === ' ' || text[i] === '\n' || text[i] === '\r' || text[i] === '\t') i++;
  return i;
}

function trimEnd(text: string, end: number): number {
  let i = end;
  while (i > 0 && ' \n\r\t'.includes(text[i - 1] ?? 'x')) i--;
  return i;
}
