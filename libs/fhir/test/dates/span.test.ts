import { describe, expect, it } from '@jest/globals';
import { dateSpan, parseInstant, periodSpan } from '../../src/dates.ts';
import { seeded } from '../random.ts';

const MINUTE_MS = 60_000;
/** The length of `YYYY`, `YYYY-MM`, …: an instant cut to these lengths is written to that precision. */
const PRECISIONS = [4, 7, 10, 16, 19, 23];
const ZONES = ['Z', '+00:00', '-05:00', '+05:30', '+14:00', '-12:45', '+13:59'];

const offsetMs = (zone: string): number =>
  zone === 'Z'
    ? 0
    : (zone[0] === '-' ? -1 : 1) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4))) * MINUTE_MS;

/** The instant as a clock in that time zone would show it. */
const written = (instantMs: number, zone: string, precision: number): string =>
  new Date(instantMs + offsetMs(zone)).toISOString().slice(0, precision);

describe('the span of a date', () => {
  it('holds exactly the instants that are written like it at its precision', () => {
    const random = seeded(20_261_125);
    for (let round = 0; round < 3_000; round += 1) {
      const precision = random.pick(PRECISIONS);
      const zone = precision > 10 ? random.pick(ZONES) : 'Z';
      const instant = Date.UTC(
        1900 + random.below(250),
        random.below(12),
        random.below(28),
        0,
        0,
        0,
        random.below(86_400_000),
      );
      const text = written(instant, zone, precision);
      const span = dateSpan(precision > 10 ? text + zone : text);
      const [low, high] = [Date.parse(span?.low ?? ''), Date.parse(span?.high ?? '')];
      const near = [low - 1, low, low + 1, high - 1, high, high + 1, instant, instant + random.below(1e9)];
      for (const probe of near) {
        const inside = probe >= low && probe < high;
        expect([text, zone, probe, inside]).toEqual([
          text,
          zone,
          probe,
          written(probe, zone, precision) === text,
        ]);
      }
    }
  });

  it.each([
    ['2024-02-29', '2024-02-29T00:00:00.000Z', '2024-03-01T00:00:00.000Z'],
    ['2026-12', '2026-12-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
    ['2026-01-01T00:00:00.1234567Z', '2026-01-01T00:00:00.123Z', '2026-01-01T00:00:00.124Z'],
    ['2026-01-01T00:00:00.123456789012Z', '2026-01-01T00:00:00.123Z', '2026-01-01T00:00:00.124Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z', '2017-01-01T00:00:01.000Z'],
    ['0999', '0999-01-01T00:00:00.000Z', '1000-01-01T00:00:00.000Z'],
    ['0001-01-01', '0001-01-01T00:00:00.000Z', '0001-01-02T00:00:00.000Z'],
    ['0001-01-01T00:00:00+14:00', '0001-01-01T00:00:00.000Z', '0001-01-01T00:00:00.000Z'],
    ['0096-02-29', '0096-02-29T00:00:00.000Z', '0096-03-01T00:00:00.000Z'],
    ['9999-12-31', '9999-12-31T00:00:00.000Z', '9999-12-31T23:59:59.999Z'],
    ['9999-12-31T23:59:59-05:00', '9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
    ['2026-01-01T10:00', '2026-01-01T10:00:00.000Z', '2026-01-01T10:01:00.000Z'],
  ])('%s', (text, low, high) => {
    expect(dateSpan(text)).toEqual({ low, high });
  });

  it.each([
    '',
    '26',
    '0000',
    '2026-1',
    '2026-00',
    '2026-13',
    '2026-02-29',
    '2026-04-31',
    '2026-01-01T24:00',
    '2026-01-01T10',
    '2026-01-01T10:60',
    '2026-01-01T10:00:61Z',
    '2026-01-01T10:00:00.Z',
    '2026-01-01T10:00:00+5:00',
    '2026-01-01T10:00:00+99:99',
    '2026-01-01T10:00:00+14:01',
    '2026-01-01Z',
    '2026-01-01 10:00',
    ' 2026',
    '2026\n',
    '+2026',
    '２０２６',
  ])('does not exist for %j, which is not a date', (text) => {
    expect(dateSpan(text)).toBeUndefined();
  });
});

describe('the span of a period', () => {
  it('reaches from the beginning of its start to the end of its end', () => {
    expect(periodSpan({ start: '2026-01-30', end: '2026-02' })).toEqual({
      low: '2026-01-30T00:00:00.000Z',
      high: '2026-03-01T00:00:00.000Z',
    });
  });

  it('has no limit where an end is missing or not a date', () => {
    expect(periodSpan({ start: '2026' })).toMatchObject({ high: null });
    expect(periodSpan({ end: '2026', start: 'soon' })).toMatchObject({ low: null });
    expect(periodSpan({})).toBeUndefined();
    expect(periodSpan({ start: 7 })).toBeUndefined();
  });
});

describe('an instant that a person names', () => {
  it.each([
    ['2026-11-26T02:00:00Z', '2026-11-26T02:00:00.000Z'],
    ['2026-11-26T02:00-05:00', '2026-11-26T07:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
  ])('%s is %s', (text, instant) => {
    expect(parseInstant(text)?.toISOString()).toBe(instant);
  });

  it.each(['2026-02-30', '2026-02-30T00:00:00Z', '2026-11-26T02:00:00', '2026-11', '2026', '1', 'yesterday'])(
    '%s is none',
    (text) => {
      expect(parseInstant(text)).toBeUndefined();
    },
  );
});
