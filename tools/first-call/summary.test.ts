/** What a member's app says is paid and owed: of claims with and without amounts, and of those that do not count. */
import { expect, test } from '@jest/globals';
import type { ClientResource } from './fhir-client.ts';
import { summaryLines } from './summary.ts';

const entry = (code: string, value?: number) => ({ category: { coding: [{ code }] }, amount: { value } });
const CHARGE = entry('submitted', 150);
const OWED = entry('memberliability', 20);

const claim = (total: object[] | undefined, more: object = {}): ClientResource => ({
  ...{ resourceType: 'ExplanationOfBenefit', id: 'one', status: 'active', use: 'claim', outcome: 'complete' },
  ...(total && { total }),
  ...more,
});
const paying = (value: number) => ({ payment: { amount: { value } } });
const PAID = claim([CHARGE, entry('benefit', 100), OWED], paying(100));

/** @returns what the summary says of the claims, by the words in front of it */
function said(...eobs: ClientResource[]): Record<string, string> {
  const patient = { resourceType: 'Patient', id: 'maria' };
  const lines = summaryLines({ patient, coverages: [], eobs, counts: {} });
  return Object.fromEntries(lines.map((line) => [line.slice(0, 14).trim(), line.slice(14).trim()]));
}
const sums = (paid: string, owed: string) => ({ 'paid by plan': paid, 'owed by member': owed });

test.each([
  ['without amounts', claim(undefined)],
  ['with the charge alone', claim([CHARGE])],
  ['with a total that has no number', claim([entry('benefit'), entry('memberliability')])],
  ['that waits for a decision', claim([CHARGE, entry('benefit', 0), OWED], { outcome: 'queued' })],
  ['that was not processed', claim([CHARGE, OWED], { outcome: 'error' })],
])('a claim %s is in neither sum, and the summary says so', (_, unknown) => {
  expect(said(PAID, unknown)).toMatchObject(
    sums('$100.00, and not known for 1 of the claims', '$20.00, and not known for 1 of the claims'),
  );
  expect(said(unknown)).toMatchObject(sums('not known', 'not known'));
});

test.each([
  ['the benefit', claim([entry('benefit', 100)], paying(900)), sums('$100.00', 'not known')],
  [
    'the sum of those who were paid',
    claim([entry('paidtoprovider', 60), entry('paidtopatient', 5)], paying(900)),
    sums('$65.00', 'not known'),
  ],
  ['the payment', claim([CHARGE], paying(70)), sums('$70.00', 'not known')],
  ['nothing, and what is owed', claim([OWED]), sums('not known', '$20.00')],
  [
    'that nothing is paid or owed',
    claim([entry('benefit', 0), entry('memberliability', 0)]),
    sums('$0.00', '$0.00'),
  ],
  [
    'a decision of a part',
    claim([entry('benefit', 1), OWED], { outcome: 'partial' }),
    sums('$1.00', '$20.00'),
  ],
])('each sum is judged by itself where a claim says %s', (_, eob, expected) => {
  expect(said(eob)).toMatchObject(expected);
});

test.each(['cancelled', 'entered-in-error'])(
  'a claim that is %s is in no sum, and asks no question',
  (status) => {
    const over = claim([entry('benefit', 400), OWED], { status, ...paying(400) });
    expect(said(PAID, over)).toMatchObject({
      claims: '2, and 0 prior authorizations',
      ...sums('$100.00', '$20.00'),
    });
    expect(said(PAID, claim(undefined, { status }))).toMatchObject(sums('$100.00', '$20.00'));
  },
);
