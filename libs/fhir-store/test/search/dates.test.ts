/** Compares date searches in SQL with the same comparison made for every relevant instant, one by one. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Resource } from '@patient-access/fhir';
import { condition } from '@patient-access/testing';
import { type Asker, asMember, idsOf, startWorld, type World } from '../world.ts';

const DAYS = ['2026-01-30', '2026-01-31', '2026-02-01', '2026-02-02', '2026-02-28', '2026-03-01'];
const VALUES = ['2026', '2026-02', ...DAYS.slice(1, 5), '2026-02-01T00:00Z', '2026-01-31T23:30:00-01:00'];
const PREFIXES = ['', 'eq', 'ne', 'gt', 'ge', 'lt', 'le', 'sa', 'eb'];
const DAY_MS = 86_400_000;
const [FIRST, LAST] = [Date.parse('2025-12-01'), Date.parse('2027-02-01')];

/** Half-open, in milliseconds. A span without an end reaches to the last instant of the test. */
type Span = [number, number];

function spanOf(text: string): Span {
  if (text.length === 4) return [Date.parse(`${text}-01-01`), Date.parse(`${Number(text) + 1}-01-01`)];
  if (text.length === 7) return [Date.parse(`${text}-01`), Date.parse('2026-03-01')];
  if (text.length === 10) return [Date.parse(text), Date.parse(text) + DAY_MS];
  return [
    Date.parse(text),
    Date.parse(text) + (text.includes(':00:00') || text.includes(':30:00') ? 1_000 : 60_000),
  ];
}

/** The edges of all spans, and the instants beside them. No other instant can change a result. */
const EDGES = [...new Set([...DAYS, ...VALUES].flatMap((text) => spanOf(text)))];
const INSTANTS = [FIRST, LAST, ...EDGES.flatMap((edge) => [edge - 1, edge, edge + 1])].sort((a, b) => a - b);
const instantsIn = ([low, high]: Span) => INSTANTS.filter((instant) => instant >= low && instant < high);

function isMatch(prefix: string, value: Span, target: Span): boolean {
  const mine = instantsIn(target);
  const within = mine.every((instant) => instant >= value[0] && instant < value[1]);
  switch (prefix) {
    case 'ne':
      return !within;
    case 'gt':
      return mine.some((instant) => instant >= value[1]);
    case 'ge':
      return within || mine.some((instant) => instant >= value[1]);
    case 'lt':
      return mine.some((instant) => instant < value[0]);
    case 'le':
      return within || mine.some((instant) => instant < value[0]);
    case 'sa':
      return mine.every((instant) => instant >= value[1]);
    case 'eb':
      return mine.every((instant) => instant < value[0]);
    default:
      return within;
  }
}

function targets(): [Resource, Span][] {
  const made: [Resource, Span][] = DAYS.map((day, at) => [
    condition(`d-${at}`, 'anna', { onsetDateTime: day }),
    spanOf(day),
  ]);
  made.push([condition('m', 'anna', { onsetDateTime: '2026-02' }), spanOf('2026-02')]);
  made.push([condition('y', 'anna', { onsetDateTime: '2026' }), spanOf('2026')]);
  for (const start of [undefined, ...DAYS])
    for (const end of [undefined, ...DAYS]) {
      if ((start === undefined && end === undefined) || (start && end && start > end)) continue;
      const span: Span = [start ? spanOf(start)[0] : FIRST, end ? spanOf(end)[1] : LAST + 1];
      made.push([condition(`p-${made.length}`, 'anna', { onsetPeriod: { start, end } }), span]);
    }
  return made;
}

describe('a date search', () => {
  const made = targets();
  let world: World;
  let anna: Asker;
  beforeAll(async () => {
    world = await startWorld();
    await world.store('north', ...made.map(([resource]) => resource), condition('none', 'anna'));
    anna = await asMember(world, 'north', 'anna');
  });
  afterAll(() => world?.stop());

  it.each(VALUES.flatMap((value) => PREFIXES.map((prefix) => [prefix, value] as const)))(
    'onset-date=%s%s',
    async (prefix, value) => {
      const answer = await anna(`Condition?_count=100&onset-date=${prefix}${encodeURIComponent(value)}`);
      const expected = made.filter(([, span]) => isMatch(prefix, spanOf(value), span)).map(([{ id }]) => id);
      expect(idsOf(answer).sort()).toEqual(expected.sort());
    },
  );

  it('finds the first and the last day of the calendar, which systems write for none and for ever', async () => {
    const ben = await asMember(world, 'north', 'ben');
    await world.store(
      'north',
      condition('before', 'ben', { onsetDateTime: '0001-01-01T00:00:00+14:00' }),
      condition('first', 'ben', { onsetDateTime: '0001-01-01T00:00:00Z' }),
      condition('now', 'ben', { onsetDateTime: '2026-02-01' }),
      condition('ever', 'ben', { onsetPeriod: { start: '2026-02-01', end: '9999-12-31' } }),
      condition('last', 'ben', { onsetDateTime: '9999-12-31' }),
    );
    const asked = async (search: string) => idsOf(await ben(`Condition?onset-date=${search}`)).sort();
    expect(await asked('ge0001-01-01&onset-date=le9999-12-31')).toEqual([
      'before',
      'ever',
      'first',
      'last',
      'now',
    ]);
    expect(await asked('lt2000')).toEqual(['before', 'first']);
    expect(await asked('0001-01-01')).toEqual(['before', 'first']);
    expect(await asked('gt2026-02-01')).toEqual(['ever', 'last']);
    expect(await asked('9999-12-31')).toEqual(['last']);
    expect(await asked('ap0001')).toEqual(['first']);
  });
});
