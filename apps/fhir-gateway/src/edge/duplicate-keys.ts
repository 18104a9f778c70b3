/**
 * Strings, and the brackets, colons and commas between them. What else JSON has needs no look. A string without an end is
 * a token too: to look for its end again from each later quotation mark would take the square of the time.
 */
const TOKENS = /"(?:[^"\\]|\\.)*"?|[{}[\]:,]/gs;

/** The keys of an object that is open; undefined for an array. */
type Level = Set<string> | undefined;

/**
 * @param text JSON, or what claims to be
 * @returns whether one object in it has two members of the same name (RFC 8259 section 4), however they are escaped;
 *   false for what is no JSON, which its reader refuses
 */
export function hasDuplicateKeys(text: string): boolean {
  const levels: Level[] = [];
  let name: string | undefined;
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === '{') levels.push(new Set());
    else if (token === '[') levels.push(undefined);
    else if (token === '}' || token === ']') levels.pop();
    else if (token === ':' && name !== undefined) {
      const key = keyOf(name);
      const keys = levels.at(-1);
      if (keys?.has(key)) return true;
      keys?.add(key);
    }
    name = token.startsWith('"') ? token : undefined;
  }
  return false;
}

/** @param token a string of JSON with its quotation marks */
function keyOf(token: string): string {
  if (!token.includes('\\')) return token.slice(1, -1);
  try {
    return JSON.parse(token) as string;
  } catch {
    return token;
  }
}
