/** The generated rules of R4 by the path of an element or the name of a type. */
import { R4_BINDINGS, R4_INVARIANTS, R4_TARGETS } from './r4-rules.ts';

export interface R4Invariant {
  key: string;
  expression: string;
}

export interface R4Facts {
  /** canonical of the value set of a required binding */
  binding?: string;
  /** types to which a reference may refer */
  targets?: readonly string[];
  invariants: R4Invariant[];
}

function read(): Map<string, R4Facts> {
  const facts = new Map<string, R4Facts>();
  const at = (path: string): R4Facts => {
    const known = facts.get(path) ?? { invariants: [] };
    facts.set(path, known);
    return known;
  };
  for (const line of R4_BINDINGS) {
    const [path = '', valueSet = ''] = line.split(' ');
    at(path).binding = valueSet;
  }
  for (const line of R4_TARGETS) {
    const [path = '', targets = ''] = line.split(' ');
    at(path).targets = targets.split('|');
  }
  for (const line of R4_INVARIANTS) {
    const [, path = '', key = '', expression = ''] = /^(\S+) (\S+) (.*)$/s.exec(line) ?? [];
    at(path).invariants.push({ key, expression });
  }
  return facts;
}

let facts: ReadonlyMap<string, R4Facts> | undefined;

/** Read when first asked, because most services never ask. */
export const r4FactsAt = (path: string): R4Facts | undefined => (facts ??= read()).get(path);

const OF_R4 = /^http:\/\/hl7\.org\/fhir\/StructureDefinition\/[A-Z]/;

let expressions: Map<string, Set<string>> | undefined;

function expressionsByKey(): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const { invariants } of (facts ??= read()).values())
    for (const { key, expression } of invariants)
      found.set(key, (found.get(key) ?? new Set()).add(expression));
  return found;
}

/**
 * Is an invariant in the snapshot of a profile one of R4? A guide may use a key that R4 uses elsewhere, so without a
 * source the expression decides. `ele-1`, which every element has, is not in the table.
 */
export function isOfR4({
  key,
  expression,
  source,
}: {
  key: string;
  expression?: string;
  source?: string;
}): boolean {
  if (key === 'ele-1') return true;
  const known = (expressions ??= expressionsByKey()).get(key);
  if (!known) return false;
  return source === undefined ? known.has(expression ?? '') : OF_R4.test(source);
}
