/** What a member wants to know of a coverage: which plan, for whom, since when, and what is paid out of pocket. */
import {
  type ToldConcept,
  hasCode,
  linkedName,
  type ToldMoney,
  type ToldPeriod,
  type ToldReference,
  words,
} from './facts.ts';
import { dayWords, moneyWords } from './format.ts';
import type { Sentence } from './sentence.ts';

export interface ToldCoverage {
  status?: string;
  type?: ToldConcept;
  beneficiary?: ToldReference;
  payor?: ToldReference[];
  period?: ToldPeriod;
  class?: { type?: ToldConcept; name?: string; value?: string }[];
  costToBeneficiary?: { type?: ToldConcept; valueMoney?: ToldMoney }[];
}

function plan({ class: classes = [], type, payor = [], beneficiary }: ToldCoverage): Sentence {
  const own = classes.find((each) => hasCode(each.type, 'plan'));
  const name = own?.name ?? words(type);
  const by = payor.flatMap((each) => linkedName(each) ?? [])[0];
  const who = beneficiary?.display;
  return {
    en: `Insurance${name ? `: ${name}` : ''}${by ? `, from ${by}` : ''}${who ? `, for ${who}` : ''}.`,
    es: `Seguro${name ? `: ${name}` : ''}${by ? `, de ${by}` : ''}${who ? `, para ${who}` : ''}.`,
  };
}

function time({ period: { start, end } = {}, status }: ToldCoverage): Sentence[] {
  const [from, to] = [start, end].map((day) => (day === undefined ? undefined : dayWords(day)));
  return [
    ...(from ? [{ en: `It began on ${from.en}.`, es: `Comenzó el ${from.es}.` }] : []),
    ...(to ? [{ en: `Its last day is ${to.en}.`, es: `Su último día es el ${to.es}.` }] : []),
    ...(status === 'active' ? [] : [{ en: 'It is not in force.', es: 'No está vigente.' }]),
  ];
}

/**
 * Types of costs of HL7 (coverage-copay-type), of the insurance card (C4DICExtendedCopayTypeCS) and of the formulary
 * (tiers). Another type is named as the plan names it.
 */
const COSTS: Readonly<Record<string, Sentence>> = {
  gpvisit: { en: 'primary care visit', es: 'consulta de atención primaria' },
  spvisit: { en: 'specialist visit', es: 'consulta con especialista' },
  emergency: { en: 'emergency', es: 'emergencia' },
  inpthosp: { en: 'hospital stay', es: 'estadía en el hospital' },
  televisit: { en: 'telehealth visit', es: 'consulta a distancia' },
  urgentcare: { en: 'urgent care', es: 'atención de urgencia' },
  copay: { en: 'copay', es: 'copago' },
  deductible: { en: 'deductible', es: 'deducible' },
  maxoutofpocket: { en: 'at most in a year', es: 'como máximo en un año' },
  IndInDed: { en: 'deductible in network', es: 'deducible dentro de la red' },
  IndOutDed: { en: 'deductible out of network', es: 'deducible fuera de la red' },
  IndInMax: { en: 'at most in a year in network', es: 'como máximo en un año dentro de la red' },
  IndOutMax: { en: 'at most in a year out of network', es: 'como máximo en un año fuera de la red' },
  FamInDed: { en: 'family deductible in network', es: 'deducible familiar dentro de la red' },
  FamOutDed: { en: 'family deductible out of network', es: 'deducible familiar fuera de la red' },
  FamInMax: {
    en: 'family at most in a year in network',
    es: 'la familia como máximo en un año dentro de la red',
  },
  FamOutMax: {
    en: 'family at most in a year out of network',
    es: 'la familia como máximo en un año fuera de la red',
  },
  generic: { en: 'generic medicine', es: 'medicamento genérico' },
  brand: { en: 'brand medicine', es: 'medicamento de marca' },
};

function costName(type?: ToldConcept): Sentence | undefined {
  const known = type?.coding?.map(({ code = '' }) => COSTS[code]).find((name) => name !== undefined);
  const said = words(type);
  return known ?? (said === undefined ? undefined : { en: said, es: said });
}

function costs({ costToBeneficiary = [] }: ToldCoverage): Sentence[] {
  const parts = costToBeneficiary.flatMap(({ type, valueMoney }) => {
    const [name, amount] = [costName(type), valueMoney && moneyWords(valueMoney)];
    return name && amount ? [{ en: `${name.en} ${amount.en}`, es: `${name.es} ${amount.es}` }] : [];
  });
  if (parts.length === 0) return [];
  const list = (language: 'en' | 'es') => parts.map((part) => part[language]).join('; ');
  return [{ en: `You pay: ${list('en')}.`, es: `Usted paga: ${list('es')}.` }];
}

export const coverageSentences = (coverage: ToldCoverage): Sentence[] => [
  plan(coverage),
  ...time(coverage),
  ...costs(coverage),
];
