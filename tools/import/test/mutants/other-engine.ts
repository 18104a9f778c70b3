/** Another FHIRPath engine, which others keep, and what it can say about invariants. */
import { evalFhirPathTyped, parseFhirPath, toTypedValue } from '@medplum/core';

type Parsed = ReturnType<typeof parseFhirPath>;

const parsed = new Map<string, Parsed | undefined>();

function parsedOf(expression: string): Parsed | undefined {
  if (!parsed.has(expression)) {
    try {
      parsed.set(expression, parseFhirPath(expression));
    } catch {
      parsed.set(expression, undefined);
    }
  }
  return parsed.get(expression);
}

/** @returns whether an invariant holds for a value in a resource; undefined when the other engine cannot say */
export function holdsForOther(expression: string, value: unknown, resource: object): boolean | undefined {
  const atom = parsedOf(expression);
  if (!atom) return undefined;
  const [context, around] = [toTypedValue(value), toTypedValue(resource)];
  try {
    const [found] = evalFhirPathTyped(atom, [context], {
      '%resource': around,
      '%rootResource': around,
      '%context': context,
    });
    return found?.value === undefined ? undefined : found.value !== false;
  } catch {
    return undefined;
  }
}
