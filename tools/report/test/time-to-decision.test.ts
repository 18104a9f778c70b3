/** How long a plan took to decide a prior authorization, as its dates say it. */
import { expect, test } from '@jest/globals';
import { classify } from '../prior-authorization/classify.ts';
import { overdueOf } from '../prior-authorization/overdue.ts';
import { timelinessOf } from '../prior-authorization/timeliness.ts';

const PDEX = 'http://hl7.org/fhir/us/davinci-pdex/StructureDefinition';

const approved = (created: string, decided: string) => ({
  resourceType: 'ExplanationOfBenefit',
  id: 'a',
  created,
  adjudication: [
    {
      extension: [
        {
          url: `${PDEX}/extension-reviewAction`,
          extension: [
            {
              url: `${PDEX}/extension-reviewActionCode`,
              valueCodeableConcept: { coding: [{ code: 'A1' }] },
            },
          ],
        },
        { url: `${PDEX}/base-ext-when-adjudicated`, valueDateTime: decided },
      ],
    },
  ],
});

test.each([
  ['2026-03-01', '2026-03-02T20:00:00-06:00', 24],
  ['2026-03-01', '2026-03-01T01:00:00+05:00', 0],
  ['2026-03-01T20:00:00-06:00', '2026-03-02', 24],
  ['2026-03-01', '2026-03-03', 48],
  ['2026-03-01T20:00:00-06:00', '2026-03-02T08:30:00-06:00', 12.5],
])(
  'from %s to %s are %s hours: whole days where one of them has no time of day',
  (created, decided, hours) => {
    expect(classify({ current: approved(created, decided), earlier: [], stored: [] }).hours).toBe(hours);
  },
);

test.each([
  ['2026-03', '2026-03-02T08:30:00Z'],
  ['2026', '2026-03-02'],
  ['2026-03-01', '2026-03'],
  ['2026-03-01T20:00:00Z', '2026'],
])('from %s to %s nobody knows how long: one of them has no day', (created, decided) => {
  const request = { current: approved(created, decided), earlier: [], stored: [new Date('2026-06-01')] };
  expect(classify(request)).toEqual(expect.not.objectContaining({ hours: expect.anything() }));
});

test('a month is no time of a decision, so the decision cannot be late by it', () => {
  const request = {
    current: approved('2026-03-01', '2026-03'),
    earlier: [],
    stored: [new Date('2026-06-01')],
  };
  expect(timelinessOf([request], new Date('2026-01-01'))).toEqual([]);
});

test.each([
  ['2026-03-01', '2026-03-09T00:00:00.000Z'],
  ['2026-03', '2026-04-08T00:00:00.000Z'],
  ['2026', '2027-01-08T00:00:00.000Z'],
  ['2026-03-01T20:00:00-06:00', '2026-03-09T02:00:00.000Z'],
])('a request of %s that waits is overdue at %s', (created, due) => {
  const waits = { status: 'active', outcome: 'queued', adjudication: [] };
  const current = { ...approved(created, '2026-03-02'), ...waits };
  const found = overdueOf([{ current, earlier: [], stored: [] }], new Date('2027-06-01'));
  expect(found.map((each) => each.due.toISOString())).toEqual([due]);
});

test('the version that says the day counts, and not one that says the month or the year of it', () => {
  const waits = { status: 'active', outcome: 'queued', adjudication: [] };
  const version = (created: string) => ({ ...approved(created, '2026-03-02'), ...waits });
  const request = {
    current: version('2026'),
    earlier: [version('2026-03-01'), version('2026-03')],
    stored: [],
  };
  expect(overdueOf([request], new Date('2027-06-01'))).toEqual([
    expect.objectContaining({ received: '2026-03-01', due: new Date('2026-03-09') }),
  ]);
});
