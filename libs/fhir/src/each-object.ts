/**
 * Calls `visit` with each object in a part of a resource, the outer one first.
 *
 * @param except the name of an element that is left out, wherever it stands
 */
export function eachObject(
  node: unknown,
  visit: (object: Readonly<Record<string, unknown>>) => void,
  except?: string,
): void {
  if (typeof node !== 'object' || node === null) return;
  if (Array.isArray(node)) {
    for (const item of node) eachObject(item, visit, except);
    return;
  }
  const object = node as Readonly<Record<string, unknown>>;
  visit(object);
  for (const name in object) if (name !== except) eachObject(object[name], visit, except);
}
