/**
 * What a member wants to know of a prior authorization: what was asked, what the plan decided and when, until when it
 * holds, how much of it is left, and why something was denied.
 */
import { linkedName, words } from './facts.ts';
import { dayWords, whenWords } from './format.ts';
import { noteSentences, type ToldNotes } from './notes.ts';
import { appeal, eachOnce, reasonSentences, refusals } from './refusals.ts';
import {
  decidedOn,
  decisionOf,
  adjudicationEntries,
  isAppeal,
  reviewReasonsOf,
  reviewerOf,
  stayOf,
  type ToldAuthorization,
  type Units,
  unitsOf,
  wasDecidedAgain,
} from './review.ts';
import type { NarrativeOptions, Sentence } from './sentence.ts';
import { serviceOf } from './service.ts';

interface Decision extends Sentence {
  /** the plan may have approved something */
  holds?: boolean;
  /** a member can appeal */
  isAdverse?: boolean;
  isOpen?: boolean;
}

/** The plan's decisions by X12's codes (005010/306), in words of our own. */
const DECISIONS: Readonly<Record<string, Decision>> = {
  A1: { en: 'The plan approved it', es: 'El plan lo aprobó', holds: true },
  A2: { en: 'The plan approved a part of it', es: 'El plan aprobó una parte', holds: true, isAdverse: true },
  A3: { en: 'The plan denied it', es: 'El plan lo negó', isAdverse: true },
  A4: { en: 'The plan has not decided yet', es: 'El plan aún no ha decidido', isOpen: true },
  A6: {
    en: 'The plan approved it with changes',
    es: 'El plan lo aprobó con cambios',
    holds: true,
    isAdverse: true,
  },
  C: { en: 'It was cancelled', es: 'Se canceló' },
};

const APPEALED: Sentence = {
  en: 'It is an appeal against an earlier decision of the plan.',
  es: 'Es una apelación contra una decisión anterior del plan.',
};
const DECIDED_AGAIN: Sentence = {
  en: 'The plan has decided again since then. That decision stands in another request.',
  es: 'Después el plan decidió de nuevo. Esa decisión está en otra solicitud.',
};
/** What is possible after an appeal differs between plans: a second one, or a review by somebody else. */
const AFTER_APPEAL: Sentence = {
  en: 'The plan’s letter says whether you can ask for another review, and by when.',
  es: 'La carta del plan dice si puede pedir otra revisión, y hasta cuándo.',
};

function request(facts: ToldAuthorization): Sentence {
  const { provider, patient, created, item } = facts;
  const service = serviceOf(item);
  const sent = created === undefined ? undefined : dayWords(created);
  const by = linkedName(provider);
  const who = patient?.display;
  return {
    en: `Request to approve ${service?.en ?? 'care'}${by ? ` by ${by}` : ''}${who ? `, for ${who}` : ''}${sent ? `, of ${sent.en}` : ''}.`,
    es: `Solicitud para aprobar ${service?.es ?? 'atención médica'}${by ? ` de ${by}` : ''}${who ? `, para ${who}` : ''}${sent ? `, del ${sent.es}` : ''}.`,
  };
}

function decided({ en, es, isOpen }: Decision, time: string | undefined): Sentence {
  const day = isOpen || time === undefined ? undefined : dayWords(time);
  return { en: `${en}${day ? ` on ${day.en}` : ''}.`, es: `${es}${day ? ` el ${day.es}` : ''}.` };
}

/** How much is left; with the name of the service where there are several. */
function left({ service, asked, allowed, used }: Units, isOneOfSeveral: boolean): Sentence {
  const name = isOneOfSeveral ? words(service) : undefined;
  const of = asked !== undefined && asked !== allowed ? asked : undefined;
  const rest = used === undefined ? undefined : Math.max(0, allowed - used);
  return {
    en: `${name ? `${name}: approved` : 'Approved'} ${allowed}${of === undefined ? '' : ` of ${of}`}${rest === undefined ? '' : `, used ${used}, left ${rest}`}.`,
    es: `${name ? `${name}: aprobado` : 'Aprobado'} ${allowed}${of === undefined ? '' : ` de ${of}`}${rest === undefined ? '' : `, usado ${used}, queda ${rest}`}.`,
  };
}

function reviewed(facts: ToldAuthorization): Sentence[] {
  const { isHuman, specialty } = reviewerOf(facts);
  if (isHuman === undefined) return [];
  if (!isHuman) return [{ en: 'No person reviewed it.', es: 'Ninguna persona lo revisó.' }];
  const of = words(specialty);
  return [
    {
      en: `A person reviewed it${of ? ` (${of})` : ''}.`,
      es: `Una persona lo revisó${of ? ` (${of})` : ''}.`,
    },
  ];
}

function granted(facts: ToldAuthorization): Sentence[] {
  const valid = whenWords(facts.preAuthRefPeriod?.[0] ?? {});
  const units = unitsOf(facts);
  return [
    ...(valid ? [{ en: `It is valid ${valid.en}.`, es: `Es válido ${valid.es}.` }] : []),
    ...units.map((each) => left(each, units.length > 1)),
  ];
}

/** PDex has reasons in two places: those of X12's claims in adjudications, and those of its reviews (278) beside the decision. */
const why = (facts: ToldAuthorization): Sentence[] =>
  eachOnce([
    ...refusals(adjudicationEntries(facts)),
    ...reviewReasonsOf(facts).flatMap((reason) => reasonSentences(reason)),
  ]);

/** What a member can do about a decision. */
function remedy(facts: ToldAuthorization, options: NarrativeOptions): Sentence {
  if (wasDecidedAgain(facts)) return DECIDED_AGAIN;
  // A period to appeal is counted from the decision alone. Without its day the narrative sends the member to the letter.
  return isAppeal(facts) ? AFTER_APPEAL : appeal(options, decidedOn(facts));
}

export function authorizationSentences(facts: ToldAuthorization, options: NarrativeOptions): Sentence[] {
  const decision =
    DECISIONS[decisionOf(facts) ?? ''] ?? (facts.outcome === 'queued' ? DECISIONS['A4'] : undefined);
  const stay = whenWords(stayOf(facts) ?? {});
  const said = [
    request(facts),
    ...(isAppeal(facts) ? [APPEALED] : []),
    ...(stay ? [{ en: `For a stay ${stay.en}.`, es: `Para una estancia ${stay.es}.` }] : []),
  ];
  if (!decision) return said;
  return [
    ...said,
    decided(decision, decidedOn(facts)),
    ...(decision.holds ? granted(facts) : []),
    ...(decision.isAdverse ? [...why(facts), ...reviewed(facts), remedy(facts, options)] : []),
    ...noteSentences(facts as ToldNotes),
  ];
}
