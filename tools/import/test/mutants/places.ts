/** Finds the places of an element in a resource, and changes what is there. */
export type JsonObject = Record<string, unknown>;

/** A value in its object. */
export interface MutantPlace {
  parent: JsonObject;
  key: string;
}

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

function keyOf(parent: JsonObject, step: string): string | undefined {
  if (!step.endsWith('[x]')) return step in parent ? step : undefined;
  const name = step.slice(0, -'[x]'.length);
  return Object.keys(parent).find((key) => key.startsWith(name) && /^[A-Z]/.test(key.slice(name.length)));
}

/** @param path below the resource, as `item.adjudication.category` */
export function placesOf(resource: JsonObject, path: string): MutantPlace[] {
  const steps = path.split('.');
  const last = steps.pop() ?? '';
  let parents = [resource];
  for (const step of steps)
    parents = parents.flatMap((parent) => {
      const key = keyOf(parent, step);
      return key === undefined ? [] : listOf(parent[key]).filter(isJsonObject);
    });
  return parents.flatMap((parent) => {
    const key = keyOf(parent, last);
    return key === undefined ? [] : [{ parent, key }];
  });
}

/** Makes every code in a coded value one that nobody knows. */
export function spoil(value: unknown): unknown {
  if (typeof value === 'string') return 'mutant';
  if (Array.isArray(value)) return value.map(spoil);
  if (!isJsonObject(value)) return value;
  const spoilt = Object.entries(value).map(([name, each]) => {
    if (name === 'code') return [name, 'mutant'];
    if (name === 'system') return [name, 'urn:mutant'];
    return [name, isJsonObject(each) || Array.isArray(each) ? spoil(each) : each];
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
