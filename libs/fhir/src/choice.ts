/** Choice elements in JSON (http://hl7.org/fhir/R4/json.html#choice). */

const [CAPITAL_A, CAPITAL_Z, UNDERSCORE] = [0x41, 0x5a, 0x5f];

/**
 * The name in JSON of the choice `name[x]` in this object. R4 allows only one. A primitive may have extensions and no
 * value, which stand under its name with `_` before it. This is called often, mostly for choices that are absent.
 *
 * @returns without `_`; undefined where there is none
 */
export function choiceIn(object: Record<string, unknown>, name: string): string | undefined {
  for (const key in object) {
    const start = key.charCodeAt(0) === UNDERSCORE ? 1 : 0;
    const first = key.charCodeAt(start + name.length);
    const isTyped = first >= CAPITAL_A && first <= CAPITAL_Z && key.startsWith(name, start);
    if (isTyped && object[key] !== undefined) return start === 0 ? key : key.slice(start);
  }
  return undefined;
}
