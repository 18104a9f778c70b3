/** Whether a claim was paid as of a provider in the plan's network. */
import { hasCode } from './facts.ts';
import type { ToldAdjudication } from './refusals.ts';
import type { Sentence } from './sentence.ts';

/** By the codes of C4BBPayerAdjudicationStatus. */
const NETWORK: Readonly<Record<string, Sentence>> = {
  innetwork: { en: 'In the network of the plan.', es: 'En la red del plan.' },
  outofnetwork: { en: 'Out of the network of the plan.', es: 'Fuera de la red del plan.' },
};

/** The categories of C4BB: how the claim was paid, and then what the providers were. */
const CATEGORIES = ['benefitpaymentstatus', 'renderingnetworkstatus', 'billingnetworkstatus'];

/** @returns nothing where the claim does not say it, or says both of its lines */
export function networkSentences(entries: readonly ToldAdjudication[]): Sentence[] {
  for (const name of CATEGORIES) {
    const said = entries.filter(({ category }) => hasCode(category, name));
    const found = Object.entries(NETWORK).filter(([code]) =>
      said.some(({ reason }) => hasCode(reason, code)),
    );
    if (found.length > 0) return found.length === 1 ? found.map(([, sentence]) => sentence) : [];
  }
  return [];
}
