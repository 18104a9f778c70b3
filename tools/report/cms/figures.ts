/** Computes the figures of the report from transfers. Pure functions. Members are counted and never named. */
import type { Counted } from './transfers.ts';
import type { Membership } from './coverages.ts';
import { type Level, LEVEL_NAMES, type Unit } from './levels.ts';

/** The unit of members for whom no stored Coverage names a unit of the level on the day. */
const UNASSIGNED: Unit = { id: '(none)', name: 'no Coverage says' };
const WHOLE: Unit = { id: '(all)', name: 'the whole tenant' };

export interface Figures {
  level: Level | 'tenant';
  unit: Unit;
  /** M1: unique members with at least one transfer */
  once: number;
  /** M2: unique members with more than one transfer */
  more: number;
  /** M2 if each response with data counted as a transfer of its own */
  moreAnswers: number;
}

interface Tally {
  transfers: number;
  answers: number;
}

/** An end may be a month or a year (`2026-06`), and all of its days are within it. */
const covers = ({ start, end }: Membership, day: string) =>
  (start === '' || start <= day) && (end === '' || day.slice(0, end.length) <= end);

function unitsOn(memberships: readonly Membership[], level: Level, day: string): Unit[] {
  const units = memberships.filter((each) => covers(each, day)).flatMap((each) => each.units[level]);
  return units.length > 0 ? units : [UNASSIGNED];
}

function figuresOf(level: Figures['level'], unit: Unit, members: ReadonlyMap<string, Tally>): Figures {
  const tallies = [...members.values()];
  return {
    level,
    unit,
    once: tallies.length,
    more: tallies.filter(({ transfers }) => transfers > 1).length,
    moreAnswers: tallies.filter(({ answers }) => answers > 1).length,
  };
}

/** @param unitsOf the units that a transfer belongs to, each once, also when several Coverages name it */
function tallied(
  transfers: readonly Counted[],
  level: Figures['level'],
  unitsOf: (transfer: Counted) => Unit[],
): Figures[] {
  const found = new Map<string, { unit: Unit; members: Map<string, Tally> }>();
  for (const transfer of transfers) {
    const units = new Map(unitsOf(transfer).map((unit) => [unit.id, unit]));
    for (const [id, unit] of units) {
      const { members } = found.get(id) ?? { members: new Map<string, Tally>() };
      found.set(id, { unit, members });
      const { transfers: before = 0, answers = 0 } = members.get(transfer.member) ?? {};
      members.set(transfer.member, { transfers: before + 1, answers: answers + transfer.answers });
    }
  }
  return [...found.values()]
    .map(({ unit, members }) => figuresOf(level, unit, members))
    .sort((a, b) => (a.unit.id < b.unit.id ? -1 : 1));
}

/** @returns the whole tenant first, then each level's units in the order of their ids */
export function figures(
  transfers: readonly Counted[],
  memberships: ReadonlyMap<string, readonly Membership[]>,
): Figures[] {
  const whole = tallied(transfers, 'tenant', () => [WHOLE]);
  const none = figuresOf('tenant', WHOLE, new Map());
  return [
    ...(whole.length > 0 ? whole : [none]),
    ...LEVEL_NAMES.flatMap((level) =>
      tallied(transfers, level, ({ member, day }) => unitsOn(memberships.get(member) ?? [], level, day)),
    ),
  ];
}
