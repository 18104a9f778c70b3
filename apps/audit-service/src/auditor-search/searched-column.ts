/** A column of the trail that a search parameter looks at, and how a searched value is compared with it. */
import type { Match } from '@patient-access/fhir';

/** Adds a value to the statement's parameters. @returns its placeholder */
export type BindValue = (value: unknown) => string;

export interface SearchedColumn {
  /** SQL: has the row a value at all? */
  present: string;
  /** @returns the condition in SQL; undefined when the column holds no values of this kind */
  matches(match: Match, bind: BindValue): string | undefined;
}
