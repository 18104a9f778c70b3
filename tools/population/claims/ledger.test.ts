/** A limit of a year holds, and every reason for a refusal is told, however the plan came to its decision. */
import { expect, test } from '@jest/globals';
import { enroll } from '../coverage/enrollment.ts';
import { dayFrom } from '../fhir/dates.ts';
import { random } from '../fhir/random.ts';
import { referenceTo } from '../fhir/resource.ts';
import { familyAt, type SyntheticMember } from '../people/families.ts';
import { directoryOf } from '../reference/directory.ts';
import { patientId, type Scope } from '../scope.ts';
import { tenantNamed } from '../tenants.ts';
import { adjustmentEntries, headerReasons } from './amounts.ts';
import { ledgerOf } from './ledger.ts';

const SEED = 1;
const TODAY = dayFrom('2026-06-30');
const CARE_DAY = TODAY - 100;
/** Nobody shares its cost, and no reviewer looks at it by chance. In the network the plan pays 680 USD of it. */
const CHARGE = { submittedCents: 100_000, preventive: true, limit: 'dental' as const };

function newLedger() {
  const tenant = tenantNamed('northwind');
  const world = { tenant, seed: SEED, today: TODAY };
  const [member] = familyAt(tenant, world, 0) as [SyntheticMember];
  const scope: Scope = {
    tenant,
    directory: directoryOf(tenant, SEED),
    member,
    subscriber: member,
    family: [member],
    enrollment: enroll(world, member, [member]),
    patient: referenceTo('Patient', patientId(tenant, member), 'A member'),
    random: random('ledger'),
    today: TODAY,
  };
  const ledger = ledgerOf(scope, new Map());
  return (more: object = {}, inNetwork = true) =>
    ledger({ ...CHARGE, ...more }, 'dental', CARE_DAY, inNetwork);
}

const codesOf = (entries: object[]): string[] =>
  [...JSON.stringify(entries).matchAll(/claim-adjustment-reason-codes","code":"(\w+)"/g)].flatMap(
    ([, code]) => code ?? [],
  );

test('what is paid after an appeal counts for the limit, and does not go beyond it', () => {
  const decide = newLedger();
  expect([decide(), decide()].map(({ benefit }) => benefit)).toEqual([68_000, 68_000]);
  const appealed = decide({ isDenied: true, refusal: 'notNecessary', isAppealed: true });
  expect(appealed.beforeAppeal).toMatchObject({ benefit: 0, refusal: 'notNecessary' });
  expect(appealed).toMatchObject({ benefit: 14_000, refusal: 'overLimit' });
  expect(decide()).toMatchObject({ benefit: 0, refusal: 'overLimit' });
});

test('out of the network and beyond a limit, the line names the limit and the header the network', () => {
  const decide = newLedger();
  decide();
  decide();
  const both = decide({}, false);
  expect(both.noncovered).toBeGreaterThan(0);
  expect(codesOf(adjustmentEntries(both))).toEqual(['119']);
  expect(codesOf(headerReasons([both]))).toEqual(['242']);
});

test('where one of the two alone is the reason, the line alone says it', () => {
  const decide = newLedger();
  const outside = decide({}, false);
  decide();
  decide();
  const over = decide();
  expect(codesOf(adjustmentEntries(outside))).toEqual(['242']);
  expect(codesOf(adjustmentEntries(over))).toEqual(['119']);
  expect(headerReasons([outside, over])).toEqual([]);
});
