/** How long a plan took to decide a prior authorization, as its dates say it. */
import { expect, test } from '@jest/globals';
import { classify } from '../prior-authorization/classify.ts';

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
