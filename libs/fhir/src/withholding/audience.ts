/**
 * The audience of a form. A member releases sensitivity labels to an app (sensitivity.ts). An audience says which of
 * these labels an app must have, and which it must not have, to be served the form.
 */

/**
 * Terms that all have to hold: `+label` has to be released, `-label` must not be released. They are sorted and
 * distinct. An empty audience is everybody.
 */
export type Audience = readonly string[];

const opposite = (term: string) => `${term.startsWith('+') ? '-' : '+'}${term.slice(1)}`;

const sorted = (terms: Iterable<string>): Audience => [...new Set(terms)].sort();

/** The audience of callers to whom all of these labels, `system|code`, are released. */
export const needing = (labels: readonly string[]): Audience => sorted(labels.map((label) => `+${label}`));

/** The labels that an audience needs. */
export const neededLabels = (audience: Audience): string[] =>
  audience.filter((term) => term.startsWith('+')).map((term) => term.slice(1));

/** Does this audience exclude nobody because of a label that was released to them? */
export const withoutExclusion = (audience: Audience): boolean =>
  audience.every((term) => term.startsWith('+'));

export function admits(audience: Audience, released: readonly string[]): boolean {
  return audience.every((term) => released.includes(term.slice(1)) === term.startsWith('+'));
}

export const isSameAudience = (one: Audience, other: Audience): boolean =>
  one.length === other.length && one.every((term, at) => term === other[at]);

/** The callers who are in both audiences. @returns undefined when there can be none */
export function both(one: Audience, other: Audience): Audience | undefined {
  const terms = sorted([...one, ...other]);
  return terms.some((term) => terms.includes(opposite(term))) ? undefined : terms;
}

/** The callers in one audience who are not in the other, as audiences of which no two share a caller. */
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

/** The callers in an audience who are in none of the others, as audiences of which no two share a caller. */
export function beyond(one: Audience, others: readonly Audience[]): Audience[] {
  return others.reduce<Audience[]>((rest, other) => rest.flatMap((part) => minus(part, other)), [one]);
}
