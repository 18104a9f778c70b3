/** Looks at and changes the values in a resource. */
export type JsonObject = Record<string, unknown>;

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

const CHOICE = '[x]';

/** @returns the names in JSON under which an object has the element: none, or one */
export function elementKeys(parent: JsonObject, name: string): string[] {
  if (!name.endsWith(CHOICE)) return name in parent ? [name] : [];
  const stem = name.slice(0, -CHOICE.length);
  const found = Object.keys(parent).find(
    (key) => key.startsWith(stem) && /^[A-Z]/.test(key.slice(stem.length)),
  );
  return found === undefined ? [] : [found];
}

/** Every object in a value. */
export function objectsIn(value: unknown): JsonObject[] {
  if (Array.isArray(value)) return value.flatMap(objectsIn);
  return isJsonObject(value) ? [value, ...Object.values(value).flatMap(objectsIn)] : [];
}

/** Makes a value another one, and every code in it one that nobody knows. @param keepsSystem only the codes are wrong */
export function spoil(value: unknown, keepsSystem = false): unknown {
  if (typeof value === 'string') return 'mutant';
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  if (Array.isArray(value)) return value.map((each) => spoil(each, keepsSystem));
  if (!isJsonObject(value)) return value;
  const spoilt = Object.entries(value).map(([name, each]) => {
    if (name === 'code') return [name, 'mutant'];
    if (name === 'system') return [name, keepsSystem ? each : 'urn:mutant'];
    return [name, isJsonObject(each) || Array.isArray(each) ? spoil(each, keepsSystem) : each];
  });
  return Object.fromEntries(spoilt) as JsonObject;
}

/** Does the value contain the pattern? */
export function contains(value: unknown, pattern: unknown): boolean {
  if (Array.isArray(pattern))
    return pattern.every((each) => listOf(value).some((item) => contains(item, each)));
  if (!isJsonObject(pattern)) return value === pattern;
  return isJsonObject(value) && Object.entries(pattern).every(([name, each]) => contains(value[name], each));
}
