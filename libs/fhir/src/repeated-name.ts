/**
 * Finds an object of a JSON text that has a name twice. JSON.parse takes the last value and says nothing, and other readers take
 * another one (https://www.rfc-editor.org/rfc/rfc8259#section-4).
 */

const [QUOTE, BACKSLASH, COLON] = [0x22, 0x5c, 0x3a];
/** The deepest nesting that is looked at. What is nested deeper than an import takes is rejected for that. */
const MAX_DEPTH = 1_000;
/** The name in what parseResource makes of a number. The text has no such name. */
const OF_NUMBER = 'rawJSON';

/** How many names the objects of a text have: each has a colon behind it, and no other colon stands outside of strings. */
function namesIn(json: Buffer): number {
  let [names, inString] = [0, false];
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at];
    if (byte === QUOTE) inString = !inString;
    else if (byte === BACKSLASH) at += 1;
    else if (byte === COLON && !inString) names += 1;
  }
  return names;
}

/** How many names are in what was read of it. */
function namesOf(value: unknown, depth = 0): number {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return 0;
  let names = 0;
  if (Array.isArray(value)) for (const item of value) names += namesOf(item, depth + 1);
  else
    for (const name in value)
      if (name !== OF_NUMBER) names += 1 + namesOf((value as Record<string, unknown>)[name], depth + 1);
  return names;
}

/** @param from where its first quote is @returns where its last quote is */
function endOfString(json: string, from: number): number {
  let at = from + 1;
  while (json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at;
}

/** @returns where the first name stands that its object has already */
function placeIn(json: string): number | undefined {
  const objects: Set<string>[] = [];
  let text = { from: 0, to: 0 };
  for (let at = 0; at < json.length; at += 1) {
    const character = json[at];
    if (character === '{' || character === '[') objects.push(new Set());
    else if (character === '}' || character === ']') objects.pop();
    else if (character === '"') {
      text = { from: at, to: endOfString(json, at) };
      at = text.to;
    } else if (character === ':') {
      const name = JSON.parse(json.slice(text.from, text.to + 1)) as string;
      if (objects.at(-1)?.has(name)) return text.from;
      objects.at(-1)?.add(name);
    }
  }
  return undefined;
}

/**
 * Counts the names of both first, which costs little. Only where the text has more of them are its objects gone through.
 *
 * @param bytes the text in UTF-8 @param value what was read of it
 * @returns line and column, from 1, of the first name that its object has already
 */
export function repeatedName(
  json: string,
  bytes: Buffer,
  value: unknown,
): { line: number; column: number } | undefined {
  if (namesIn(bytes) === namesOf(value)) return undefined;
  const at = placeIn(json);
  if (at === undefined) return undefined;
  const before = json.slice(0, at).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
