/**
 * For whom a form of a resource is. A member releases sensitivity labels to an app (sensitivity.ts); an audience says
 * which of them an app needs, and which it must not have, to be served the form.
 */

/**
 * Terms that all have to hold: `+label` where the label has to be released, `-label` where it must not be. Sorted,
 * each once. Empty: everyone.
 */
export type Audience = readonly string[];

const opposite = (term: string) => `${term.startsWith('+') ? '-' : '+'}${term.slice(1)}`;

const sorted = (terms: Iterable<string>): Audience => [...new Set(terms)].sort();

/** Those to whom all of these labels, `system|code`, are released. */
export const needing = (labels: readonly string[]): Audience => sorted(labels.map((label) => `+${label}`));

/** The labels that an audience needs. */
export const neededLabels = (audience: Audience): string[] =>
  audience.filter((term) => term.startsWith('+')).map((term) => term.slice(1));

/** Does this audience leave nobody out for what was released to them? */
export const withoutExclusion = (audience: Audience): boolean =>
  audience.every((term) => term.startsWith('+'));

export function admits(audience: Audience, released: readonly string[]): boolean {
  return audience.every((term) => released.includes(term.slice(1)) === term.startsWith('+'));
}

export const isSameAudience = (one: Audience, other: Audience): boolean =>
  one.length === other.length && one.every((term, at) => term === other[at]);

/** Those who are in both. @returns undefined when there can be nobody */
export function both(one: Audience, other: Audience): Audience | undefined {
  const terms = sorted([...one, ...other]);
  return terms.some((term) => terms.includes(opposite(term))) ? undefined : terms;
}

/** Those of one audience who are not in the other, as audiences of which no two have anybody in common. */
function minus(one: Audience, other: Audience): Audience[] {
  if (both(one, other) === undefined) return [one];
  const rest: Audience[] = [];
  let common = one;
  for (const term of other) {
    if (common.includes(term)) continue;
    rest.push(sorted([...common, opposite(term)]));
    common = sorted([...common, term]);
  }
  return rest;
}

/** Those of an audience who are in none of the others, as audiences of which no two have anybody in common. */
export function beyond(one: Audience, others: readonly Audience[]): Audience[] {
  return others.reduce<Audience[]>((rest, other) => rest.flatMap((part) => minus(part, other)), [one]);
}
