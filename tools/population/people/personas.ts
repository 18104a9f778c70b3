/** The parts played by the first members of every population. */
export type Persona =
  | 'many'
  | 'new'
  | 'parent'
  | 'spouse'
  | 'child'
  | 'teen'
  | 'adult'
  | 'denied'
  | 'sensitive'
  | 'ordinary'
  | 'complete'
  | 'left'
  | 'mother';

export type Relationship = 'self' | 'spouse' | 'child';

interface PersonaFacts {
  relationship: Relationship;
  age: number;
  /** What a preview user finds there; none: too young for a login of their own. */
  about?: string;
  /** The member has died so many days ago, and a parent who is no member logs in as the representative. */
  diedDaysAgo?: number;
  /** The member left the plan with the last day of last year. */
  leftLastYear?: boolean;
}

export const PERSONAS: Readonly<Record<Persona, PersonaFacts>> = {
  many: { relationship: 'self', age: 58, about: 'more than 300 explanations of benefit: several pages' },
  new: { relationship: 'self', age: 31, about: 'joined this month: coverage, no claims, no clinical record' },
  parent: { relationship: 'self', age: 46, about: 'subscriber: sees self and two minor children' },
  spouse: { relationship: 'spouse', age: 44, about: 'covered by the subscriber: sees only self' },
  child: { relationship: 'child', age: 7 },
  teen: { relationship: 'child', age: 15 },
  adult: { relationship: 'child', age: 21, about: 'adult dependant: sees self, hidden from the subscriber' },
  denied: {
    relationship: 'self',
    age: 63,
    about: 'prior authorizations: denied, approved, in part, pended, cancelled',
  },
  sensitive: {
    relationship: 'self',
    age: 37,
    about: 'restricted records: substance use (42 CFR Part 2), mental health',
  },
  ordinary: { relationship: 'self', age: 52, about: 'an ordinary member: a bit of everything' },
  complete: {
    relationship: 'self',
    age: 20,
    about: 'acts for a daughter who has died: every must-support of the guides',
    diedDaysAgo: 45,
  },
  left: {
    relationship: 'self',
    age: 41,
    about: 'left the plan at the end of last year: still sees the record',
    leftLastYear: true,
  },
  mother: { relationship: 'self', age: 32, about: 'gave birth last year: visits before it, and the stay' },
};

/** The first families of every population, in order; the first of a family is its subscriber. */
export const PREVIEW_FAMILIES: readonly (readonly Persona[])[] = [
  ['many'],
  ['new'],
  ['parent', 'spouse', 'child', 'teen', 'adult'],
  ['denied'],
  ['sensitive'],
  ['ordinary'],
  ['complete'],
  ['left'],
  ['mother'],
];
