/** The amounts that stand for a claim as a whole. */
import { hasCode, type ToldConcept, type ToldMoney } from './facts.ts';
import { moneyWords } from './format.ts';
import type { Sentence } from './sentence.ts';

export interface ToldTotal {
  total?: { category?: ToldConcept; amount?: ToldMoney }[];
}

export const totalOf = ({ total = [] }: ToldTotal, code: string): ToldMoney | undefined =>
  total.find(({ category }) => hasCode(category, code))?.amount;

/** @returns the amount in words; nothing: the claim does not say it */
export function amountOf(claim: ToldTotal, code: string): Sentence | undefined {
  const found = totalOf(claim, code);
  return found && moneyWords(found);
}
