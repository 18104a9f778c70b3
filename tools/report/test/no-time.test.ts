/** Odd times in prior authorizations: 0001-01-01 and 9999-12-31 for no date, the second 60, several offsets. */
import { expect, test } from '@jest/globals';
import type { Resource } from '@patient-access/fhir';
import { classify } from '../prior-authorization/classify.ts';
import { overdueOf } from '../prior-authorization/overdue.ts';
import { timelinessOf } from '../prior-authorization/timeliness.ts';

const PDEX = 'http://hl7.org/fhir/us/davinci-pdex/StructureDefinition';
const PAS = 'http://hl7.org/fhir/us/davinci-pas/StructureDefinition';
const STORED = new Date('2026-03-12T00:00:00Z');

/** @param times of the decision, as the plan sent them */
const request = (created: string, code: string, ...times: object[]): Resource => ({
  ...{ resourceType: 'ExplanationOfBenefit', id: 'a', status: 'active', use: 'preauthorization' },
  created,
  adjudication: [
    {
      extension: [
        {
          url: `${PDEX}/extension-reviewAction`,
          extension: [
            { url: `${PDEX}/extension-reviewActionCode`, valueCodeableConcept: { coding: [{ code }] } },
          ],
        },
        ...times,
      ],
    },
  ],
});

test.each(['9999-12-31', '0001-01-01T00:00:00Z'])('%s is no time of a decision', (valueDateTime) => {
  const none = { url: `${PDEX}/base-ext-when-adjudicated`, valueDateTime };
  const issued = { url: `${PAS}/extension-itemPreAuthIssueDate`, valueDate: '2026-03-02' };
  const undated = { current: request('2026-03-01', 'A1', none), earlier: [], stored: [STORED] };
  expect(timelinessOf([undated], STORED)).toEqual([]);
  expect(classify({ ...undated, current: request('2026-03-01', 'A1', none, issued) }).hours).toBe(24);
});

test('a request does not wait since 0001-01-01', () => {
  const [current, earlier] = [request('2026-03-08', 'A4'), [request('0001-01-01', 'A4')]];
  expect(overdueOf([{ current, earlier, stored: [] }], STORED)).toEqual([]);
});

test('a time with the second 60 is a time: of the request, and of its decision', () => {
  const created = '2026-03-01T10:15:60-05:00';
  const overdue = overdueOf([{ current: request(created, 'A4'), earlier: [], stored: [] }], STORED);
  expect(overdue.map(({ due }) => due.toISOString())).toEqual(['2026-03-08T15:16:00.000Z']);
  const decided = { url: `${PDEX}/base-ext-when-adjudicated`, valueDateTime: '2026-03-02T15:15:60Z' };
  const current = request(created, 'A1', decided);
  expect(classify({ current, earlier: [], stored: [STORED] }).hours).toBe(24);
});

test('the latest time of a decision counts, whatever its offset', () => {
  const at = (valueDateTime: string) => ({ url: `${PDEX}/base-ext-when-adjudicated`, valueDateTime });
  const times = [at('2026-03-02T23:00:00-05:00'), at('2026-03-03T01:00:00Z')];
  const current = request('2026-03-02T04:00:00Z', 'A1', ...times);
  expect(classify({ current, earlier: [], stored: [STORED] }).hours).toBe(24);
});
