/** What a question of the console gets, and what it answers. */
import type { Html } from '@patient-access/pages';
import type { Ask } from '../ask.ts';
import type { ChainState } from '../chain-state.ts';
import type { NameDirectory } from '../directory.ts';
import type { Query } from '../filter.ts';

export interface QuestionInput {
  tenant: string;
  query: Query;
  ask: Ask;
  directory: NameDirectory;
  chains: ChainState;
}

export interface QuestionAnswer {
  body: Html;
  /** number of events in the answer, which the auditor has seen */
  events: number;
  /** ids of those that it shows one by one */
  shown?: readonly string[];
}

export type Question = (asked: QuestionInput) => Promise<QuestionAnswer>;
