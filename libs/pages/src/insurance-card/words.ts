/** What stands on a card besides the plan's own words, in the languages of members' pages. */
import type { FactName } from './card.ts';

export interface CardWords {
  /** for dates and sums of money */
  locale: string;
  front: string;
  back: string;
  costs: string;
  facts: Record<FactName, string>;
}

const en: CardWords = {
  locale: 'en-US',
  front: 'Front',
  back: 'Back',
  costs: 'What you pay',
  facts: {
    memberId: 'Member ID',
    group: 'Group',
    network: 'Network',
    division: 'Division',
    effective: 'Covered since',
    ends: 'Covered until',
    rxbin: 'Rx BIN',
    rxpcn: 'Rx PCN',
    rxgroup: 'Rx group',
    rxid: 'Rx ID',
    rxiin: 'Rx IIN',
    issued: 'Card issued',
  },
};

const es: CardWords = {
  locale: 'es-US',
  front: 'Frente',
  back: 'Reverso',
  costs: 'Lo que usted paga',
  facts: {
    memberId: 'Número de miembro',
    group: 'Grupo',
    network: 'Red',
    division: 'División',
    effective: 'Con cobertura desde',
    ends: 'Con cobertura hasta',
    rxbin: 'Rx BIN',
    rxpcn: 'Rx PCN',
    rxgroup: 'Grupo Rx',
    rxid: 'ID Rx',
    rxiin: 'Rx IIN',
    issued: 'Fecha de emisión',
  },
};

export const CARD_WORDS: Readonly<Record<'en' | 'es', CardWords>> = { en, es };
