/** How the plan and the member share what was charged: what the plan paid, what the member owes, and what is not said. */
import type { ToldState } from './claim-state.ts';
import { amountOf, totalOf, type ToldTotal } from './claim-total.ts';
import { numberOf, type ToldConcept, type ToldMoney } from './facts.ts';
import { moneyWords } from './format.ts';
import type { Sentence } from './sentence.ts';

export interface ToldPayment {
  payment?: { type?: ToldConcept; amount?: ToldMoney };
}
type Shared = ToldState & ToldTotal & ToldPayment;

const PLAN_PAID: Sentence = { en: 'The plan paid', es: 'El plan pagó' };
/** C4BB's parts of what the plan paid. */
const PAID_TO: Readonly<Record<string, Sentence>> = {
  paidtoprovider: { en: 'The plan paid the provider', es: 'El plan pagó al proveedor' },
  paidtopatient: { en: 'The plan paid you', es: 'El plan le pagó a usted' },
};

const sentenceOf = (begin: Sentence, sum: Sentence): Sentence => ({
  en: `${begin.en} ${sum.en}.`,
  es: `${begin.es} ${sum.es}.`,
});

const isZero = (sum: ToldMoney | undefined): boolean => numberOf(sum?.value) === 0;

/** To whom the plan paid. It paid nothing at all only where it says so of both; nothing for one of them is not worth a sentence. */
function paidTo(claim: Shared): Sentence[] {
  const codes = Object.keys(PAID_TO);
  if (codes.every((code) => isZero(totalOf(claim, code)))) return paidSum(totalOf(claim, 'paidtoprovider'));
  return codes.flatMap((code) => {
    const [begin, sum] = [PAID_TO[code], amountOf(claim, code)];
    return begin && sum && !isZero(totalOf(claim, code)) ? [sentenceOf(begin, sum)] : [];
  });
}

function paidSum(amount: ToldMoney | undefined): Sentence[] {
  const sum = amount && moneyWords(amount);
  return sum ? [sentenceOf(PLAN_PAID, sum)] : [];
}

/** The total comes first: a payment may differ from it, if the plan pays several claims together. */
function paid(claim: Shared): Sentence[] {
  const ways = [paidSum(totalOf(claim, 'benefit')), paidTo(claim), paidSum(claim.payment?.amount)];
  return ways.find((said) => said.length > 0) ?? [];
}

/** Parts of what a member owes, in the order in which a plan takes them off. */
const OWN_PARTS: Readonly<Record<string, Sentence>> = {
  deductible: { en: 'deductible', es: 'deducible' },
  copay: { en: 'copay', es: 'copago' },
  coinsurance: { en: 'coinsurance', es: 'coseguro' },
};
const OWED_FOR = { ...OWN_PARTS, noncovered: { en: 'not covered', es: 'no cubierto' } };

/** @returns the parts that a claim says, with their amounts, as a list */
function listOf(claim: Shared, names: Readonly<Record<string, Sentence>>): Sentence {
  const parts = Object.entries(names).flatMap(([code, name]) => {
    const part = amountOf(claim, code);
    return part ? [{ en: `${name.en} ${part.en}`, es: `${name.es} ${part.es}` }] : [];
  });
  const list = (language: 'en' | 'es') => parts.map((part) => part[language]).join(', ');
  return { en: list('en'), es: list('es') };
}

const NOTHING_OWED: Sentence = { en: 'You owe nothing.', es: 'Usted no debe nada.' };
/** Of a claim that is decided in part, zero is only what is owed so far. */
const NOTHING_SO_FAR: Sentence = {
  en: 'It is not known yet what you owe.',
  es: 'Todavía no se sabe cuánto debe usted.',
};

/** A plan may list a copay, and a total of nothing: somebody else paid it, or one of both is wrong. It does not say which. */
function nothingOwed(claim: Shared, amount: Sentence): Sentence {
  const isPart = (code: string) => (numberOf(totalOf(claim, code)?.value) ?? 0) > 0;
  const own = Object.fromEntries(Object.entries(OWN_PARTS).filter(([code]) => isPart(code)));
  const { en, es } = listOf(claim, own);
  if (en)
    return {
      en: `The plan lists as your part: ${en}. Its total of what you owe is ${amount.en}. If you get a bill, call the plan before you pay.`,
      es: `El plan indica como su parte: ${es}. Su total de lo que usted debe es ${amount.es}. Si recibe una factura, llame al plan antes de pagar.`,
    };
  return claim.outcome === 'partial' ? NOTHING_SO_FAR : NOTHING_OWED;
}

function owed(claim: Shared): Sentence[] {
  const amount = amountOf(claim, 'memberliability');
  if (!amount) return [];
  if (isZero(totalOf(claim, 'memberliability'))) return [nothingOwed(claim, amount)];
  const { en, es } = listOf(claim, OWED_FOR);
  const why = (list: string) => (list ? `: ${list}` : '');
  return [{ en: `You owe ${amount.en}${why(en)}.`, es: `Usted debe ${amount.es}${why(es)}.` }];
}

/** What a plan may not have sent, with what follows from it. */
const MISSING = {
  paid: { en: ['what it paid', 'that is'], es: ['lo que pagó', 'se conoce'] },
  owed: { en: ['what you owe', 'that is'], es: ['lo que usted debe', 'se conoce'] },
  both: {
    en: ['what it paid and of what you owe', 'they are'],
    es: ['lo que pagó ni de lo que usted debe', 'se conocen'],
  },
} as const;

/** Of a claim that is decided in part, the plan may send more. */
function notSaid(missing: keyof typeof MISSING, { outcome }: ToldState): Sentence {
  const { en, es } = MISSING[missing];
  const [soFar, hastaAhora] = outcome === 'partial' ? [' so far', ' hasta ahora'] : ['', ''];
  return {
    en: `The plan has sent no total${soFar} of ${en[0]} for this claim, so ${en[1]} not known here.`,
    es: `El plan no ha enviado${hastaAhora} el total de ${es[0]} por esta reclamación; por eso aquí no ${es[1]}.`,
  };
}

/**
 * C4BB has profiles for claims without amounts (`-Basis`), and others come with the charge or a payment alone. Nothing said is
 * not nothing owed, and not nothing paid.
 */
export function sharedSentences(claim: Shared): Sentence[] {
  const [planPaid, memberOwes] = [paid(claim), owed(claim)];
  if (planPaid.length === 0 && memberOwes.length === 0) return [notSaid('both', claim)];
  return [
    ...(planPaid.length > 0 ? planPaid : [notSaid('paid', claim)]),
    ...(memberOwes.length > 0 ? memberOwes : [notSaid('owed', claim)]),
  ];
}
