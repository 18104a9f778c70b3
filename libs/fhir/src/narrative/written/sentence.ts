/** What a narrative that the import writes says: sentences in the languages of members. */
import type { Resource } from '../../resource.ts';

export interface Sentence {
  en: string;
  es: string;
}

export const bilingual = (en: string, es: string): Sentence => ({ en, es });

export interface NarrativeOptions {
  /** days in which a member may appeal, from the day of a decision; absent where the plan has not said it */
  appealDays?: number;
}

/** Writes what a person wants to know of a resource that is valid R4. */
export type Narrator = (resource: Resource, options: NarrativeOptions) => Sentence[];
