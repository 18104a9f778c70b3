/** Whether a claim counts, and whether the plan has decided it. */
import { hasCode, type ToldConcept } from './facts.ts';
import type { Sentence } from './sentence.ts';

export interface ToldState {
  status?: string;
  outcome?: string;
  related?: { relationship?: ToldConcept }[];
}

const REPLACED: Sentence = {
  en: 'The plan replaced this claim by another one. It does not count: what you owe stands in the other one.',
  es: 'El plan reemplazó esta reclamación por otra. No cuenta: lo que usted debe está en la otra.',
};
const WITHDRAWN: Sentence = {
  en: 'This claim was cancelled or taken back. It does not count. If there is another claim for this care, what you owe stands there.',
  es: 'Esta reclamación fue cancelada o retirada. No cuenta. Si hay otra reclamación por esta atención, lo que usted debe está en ella.',
};
const REPLACEMENT: Sentence = {
  en: 'This claim replaces an earlier one.',
  es: 'Esta reclamación reemplaza a una anterior.',
};
const WAITING: Sentence = {
  en: 'The plan has not decided this claim yet. It is not known yet what you owe.',
  es: 'El plan aún no ha decidido esta reclamación. Todavía no se sabe cuánto debe usted.',
};
const NOT_PROCESSED: Sentence = {
  en: 'The plan could not process this claim. It is not known yet what you owe.',
  es: 'El plan no pudo procesar esta reclamación. Todavía no se sabe cuánto debe usted.',
};
const IN_PART: Sentence = {
  en: 'The plan has decided a part of this claim. The rest still waits, so the amounts can change.',
  es: 'El plan ha decidido una parte de esta reclamación. El resto aún espera, por eso las cantidades pueden cambiar.',
};

/** http://hl7.org/fhir/R4/valueset-remittance-outcome.html, without `complete` */
const OUTCOMES: Readonly<Record<string, Sentence>> = {
  queued: WAITING,
  error: NOT_PROCESSED,
  partial: IN_PART,
};

/** A draft is not decided; every other status but `active` ends a claim. */
export const isWithdrawn = ({ status }: ToldState): boolean => status !== 'active' && status !== 'draft';

export const isDecided = ({ status, outcome }: ToldState): boolean =>
  status === 'active' && (outcome === 'complete' || outcome === 'partial');

const isRelatedAs = ({ related = [] }: ToldState, code: string) =>
  related.some(({ relationship }) => hasCode(relationship, code));

export function stateSentences(claim: ToldState): Sentence[] {
  if (isWithdrawn(claim)) return [isRelatedAs(claim, 'replacedby') ? REPLACED : WITHDRAWN];
  const outcome = claim.status === 'draft' ? WAITING : OUTCOMES[claim.outcome ?? ''];
  return [...(isRelatedAs(claim, 'prior') ? [REPLACEMENT] : []), ...(outcome ? [outcome] : [])];
}
