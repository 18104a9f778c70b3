/** What the guides ask for, in the form of `guides-{set}.json`. `npm run guide-lists` makes it from the packages. */

/** What a value has to have to belong to a slice. */
export interface Condition {
  /** elements below the value, with dots; empty: the value itself */
  path: string;
  /** the value contains this (ElementDefinition.pattern), or equals it */
  pattern?: unknown;
  /** `system|code`, or `system|` for any code of the system */
  codes?: string[];
}

/** An element, slice, extension or type of a choice that a server has to support. */
export interface Need {
  /** ElementDefinition.id without the type: `component:systolic.value[x]` */
  id: string;
  /** of a choice: the type that is asked for */
  type?: string;
  /** of a reference: a profile or type that has to be among its targets */
  target?: string;
}

export interface ProfileNeeds {
  url: string;
  type: string;
  /** further profiles whose resources count, because they are derived from this one */
  derived: string[];
  /** the conditions of each slice, by its id */
  slices: Record<string, Condition[]>;
  needs: Need[];
}

export interface Parameter {
  name: string;
  type: string;
  /** paths of elements without the type */
  paths: string[];
  /** SHALL */
  comparators: string[];
  /** several values with a comma SHALL be understood */
  multipleOr: boolean;
}

export interface TypeSearches {
  type: string;
  parameters: Parameter[];
  /** names of parameters that are asked together; single ones too */
  searches: { names: string[]; level: Expectation }[];
  includes: { value: string; level: Expectation }[];
  revincludes: { value: string; level: Expectation }[];
}

export type Expectation = 'SHALL' | 'SHOULD';

export interface GuideList {
  package: string;
  version: string;
  licence: string;
  profiles: ProfileNeeds[];
  searches: TypeSearches[];
}
