/** A column of the trail that a search parameter reads, and how a search value is compared with it. */
import type { Match } from '@patient-access/fhir';

/** Adds a value to the statement's parameters. @returns its placeholder */
export type BindValue = (value: unknown) => string;

export interface SearchedColumn {
  /** SQL condition: the row has a value */
  present: string;
  /** @returns the condition in SQL; undefined when the column holds no values of this kind */
  matches(match: Match, bind: BindValue): string | undefined;
}
