/** The metrics about prior authorization that a plan publishes (42 CFR 422.122(c)), as far as the data allow. */
import type { Classified, ReportedDecision } from './classify.ts';
import type { PlanFigures } from './plan-figures.ts';

export interface Metric {
  name: string;
  /** the value with its base; undefined with a reason when the data do not have it */
  value?: string;
  of?: number;
  why?: string;
}

const HOURS_PER_DAY = 24;

const share = (part: number, whole: number) => `${((100 * part) / whole).toFixed(1)} %`;
const days = (hours: number) => (hours / HOURS_PER_DAY).toFixed(1);

function median(sorted: readonly number[]): number {
  const middle = Math.floor(sorted.length / 2);
  const [low = 0, high = 0] = [sorted[middle - 1], sorted[middle]];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}

const NONE = 'no request was decided in the year';
const NO_TIME = 'no decision of these says when it was made';
const NO_EXTENSION = 'PDex has no element for an extended review: to be supplied by the plan';
const NO_APPEAL = 'no request in the year says that it is an appeal: to be supplied by the plan';

function shareOf(
  name: string,
  decided: readonly Classified[],
  isPart: (each: Classified) => boolean,
): Metric {
  if (decided.length === 0) return { name, why: NONE };
  return { name, value: share(decided.filter(isPart).length, decided.length), of: decided.length };
}

function times(of: string, decided: readonly Classified[]): Metric[] {
  const hours = decided.flatMap((each) => each.hours ?? []).sort((a, b) => a - b);
  const [average, middle] = [
    `Average time to a decision, ${of} (days)`,
    `Median time to a decision, ${of} (days)`,
  ];
  if (hours.length === 0) {
    const why = decided.length === 0 ? NONE : NO_TIME;
    return [average, middle].map((name) => ({ name, why }));
  }
  const mean = hours.reduce((sum, each) => sum + each, 0) / hours.length;
  return [
    { name: average, value: days(mean), of: hours.length },
    { name: middle, value: days(median(hours)), of: hours.length },
  ];
}

function ofUrgency(all: readonly Classified[], urgency: Classified['urgency']): Metric[] {
  const decided = all.filter((each) => each.urgency === urgency && each.decision !== 'undecided');
  const is =
    (...decisions: ReportedDecision[]) =>
    ({ decision }: Classified) =>
      decisions.includes(decision);
  return [
    shareOf(`Approved, ${urgency}`, decided, is('approved', 'approved in part')),
    shareOf(`  of these approved in part, ${urgency}`, decided, is('approved in part')),
    shareOf(`Denied, ${urgency}`, decided, is('denied')),
    ...times(urgency, decided),
  ];
}

const isFirst = ({ isAppeal }: Classified) => !isAppeal;

/** Of the appeals against standard decisions that are decided. */
function appealed(all: readonly Classified[]): PlanFigures['approvedAfterAppeal'] {
  const decided = all.filter(({ urgency, decision }) => urgency === 'standard' && decision !== 'undecided');
  const approved = decided.filter(({ decision }) => decision !== 'denied').length;
  return decided.length > 0 ? { approved, of: decided.length } : undefined;
}

/** What the plan said, otherwise why it is not there. */
function supplied(name: string, said: { approved: number; of: number } | undefined, why: string): Metric {
  if (!said) return { name, why };
  if (said.of === 0) return { name, why: 'there was none in the year' };
  return { name, value: share(said.approved, said.of), of: said.of };
}

/** @returns the metrics in the order of the rule; a metric that is neither computed nor supplied has a reason */
export function metricsOf(received: readonly Classified[], figures: PlanFigures = {}): Metric[] {
  // An appeal asks again for what was asked for before, so it counts in no other share.
  const [all, appeals] = [received.filter(isFirst), received.filter(({ isAppeal }) => isAppeal)];
  const reversed = all.filter((each) => each.reversed).length;
  const undecided = all.filter(({ decision, ended }) => decision === 'undecided' && !ended).length;
  const ended = all.filter((each) => each.ended).length;
  return [
    ...ofUrgency(all, 'standard'),
    ...ofUrgency(all, 'expedited'),
    supplied('Approved after appeal, standard', figures.approvedAfterAppeal ?? appealed(appeals), NO_APPEAL),
    {
      name: 'Denied in an earlier version, approved now (an upper bound for it)',
      value: String(reversed),
      of: all.length,
    },
    supplied('Approved after the time for review was extended', figures.approvedAfterExtension, NO_EXTENSION),
    { name: 'Not decided yet (in no share above)', value: String(undecided), of: all.length },
    { name: 'Cancelled, or needed no decision (in no share above)', value: String(ended), of: all.length },
  ];
}

export interface RequestedService {
  code: string;
  name: string;
  times: number;
}

/**
 * @returns the services for which prior authorization was requested, the most frequent first. Others may need one too.
 */
export function servicesOf(received: readonly Classified[]): RequestedService[] {
  const byCode = Map.groupBy(
    received.filter(isFirst).flatMap(({ services }) => services),
    ({ code }) => code,
  );
  return [...byCode]
    .map(([code, of]) => ({ code, name: of[0]?.name ?? '', times: of.length }))
    .sort((a, b) => b.times - a.times || (a.code < b.code ? -1 : 1));
}
