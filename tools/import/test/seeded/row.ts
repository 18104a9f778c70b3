/** One error: a change of a resource that is right. */

/** Where, and what is there then; undefined: nothing. `list[2]` is an item by index, `list[code]` one that has this text. */
type Changes = Readonly<Record<string, unknown>>;

export type SeededError = readonly [
  name: string,
  /** a kind of resource: see `seed.ts` */
  of: string,
  change: Changes,
  /** what says so: element and rule of a finding, the reason of a rejection, or where two statements differ */
  found: RegExp,
  /** it names no profile, as most exports */
  unnamed?: 'unnamed',
];
