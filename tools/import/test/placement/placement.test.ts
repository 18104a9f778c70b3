/** Which member an imported resource belongs to, and which owner stores it. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { importedCondition, explanation, ndjson, patient, importedProvenance } from '../resources.ts';
import { createWorld, type World } from '../world.ts';

let world: World;
let tenants = 0;

beforeAll(async () => {
  world = await createWorld();
});
afterAll(async () => {
  await world.end();
});

async function importing(...resources: object[]) {
  const tenant = `tenant-${(tenants += 1)}`;
  const file = await world.file('resources.ndjson', ndjson(...resources));
  return { tenant, ...(await world.importFiles(tenant, file)) };
}

const reasonsOf = ({ rejections }: Awaited<ReturnType<typeof importing>>) =>
  rejections.map(({ origin, type, id, reason }) => [origin.line, type, id, reason]);

test('a reference to another member as subscriber, payor or payee is stored, and does not change the member', async () => {
  const coverage = {
    resourceType: 'Coverage',
    id: 'cov',
    status: 'active',
    beneficiary: { reference: 'Patient/child' },
    subscriber: { reference: 'Patient/parent' },
    payor: [{ reference: 'Patient/parent' }],
  };
  const claim = explanation('eob', 'child', { payee: { party: { reference: 'Patient/parent' } } });
  const { tenant, summary } = await importing(coverage, claim);
  expect(summary).toMatchObject({ created: 2, rejected: 0 });
  const [stored] = await world.stored(tenant, 'Coverage/cov');
  expect(stored?.member).toBe('child');
  expect(JSON.parse(stored?.body ?? '')).toMatchObject(coverage);
  expect((await world.stored(tenant, 'ExplanationOfBenefit/eob'))[0]).toMatchObject({
    owner: 'claims-service',
    member: 'child',
  });
});

test('a resource of no member, of several members, or with another member’s contained resource is rejected', async () => {
  const result = await importing(
    patient('p1'),
    importedCondition('nobody', 'x', { subject: { reference: 'Group/1' } }),
    importedCondition('elsewhere', 'x', { subject: { reference: 'https://other.example/Patient/p1' } }),
    importedCondition('smuggler', 'p1', { contained: [importedCondition('inner', 'p2')] }),
    importedCondition('with-patient', 'p1', { contained: [patient('p2')] }),
    importedCondition('own', 'p1', { contained: [importedCondition('inner', 'p1')] }),
    { resourceType: 'Organization', id: 'o', partOf: { reference: 'Patient/p1' } },
  );
  expect(result.summary).toMatchObject({ created: 2, rejected: 5 });
  expect(reasonsOf(result).sort((a, b) => Number(a[0]) - Number(b[0]))).toEqual([
    [2, 'Condition', 'nobody', 'no member: subject refers to no Patient'],
    [3, 'Condition', 'elsewhere', 'no member: subject refers to no Patient'],
    [4, 'Condition', 'smuggler', 'contains a Condition of another member'],
    [5, 'Condition', 'with-patient', 'contains a Patient'],
    [7, 'Organization', 'o', 'reference data that refers to a Patient'],
  ]);
});

test('a Provenance belongs to the member of its targets, whatever their type and position in the import', async () => {
  const result = await importing(
    importedProvenance('of-claim', 'ExplanationOfBenefit/e'),
    importedProvenance('of-condition', 'Bundle/b', 'Condition/c', 'ExplanationOfBenefit/e'),
    importedProvenance('of-patient', 'Patient/p1'),
    importedProvenance('of-nothing-here', 'Condition/missing'),
    importedProvenance('of-a-bundle', 'Bundle/b'),
    {
      resourceType: 'PaymentNotice',
      id: 'n',
      status: 'active',
      created: '2026-01-01',
      payment: { display: 'x' },
      recipient: { display: 'x' },
      amount: { value: 1 },
      request: { reference: 'ExplanationOfBenefit/e' },
    },
    importedProvenance('of-what-waits', 'PaymentNotice/n'),
    importedCondition('c', 'p1'),
    explanation('e', 'p1'),
    patient('p1'),
  );
  const rows = (await world.stored(result.tenant)).filter(({ type }) => type === 'Provenance');
  expect(Object.fromEntries(rows.map(({ id, owner, member }) => [id, [owner, member]]))).toEqual({
    'of-claim': ['clinical-service', 'p1'],
    'of-condition': ['clinical-service', 'p1'],
    'of-patient': ['clinical-service', 'p1'],
    'of-what-waits': ['clinical-service', 'p1'],
  });
  expect(reasonsOf(result)).toEqual([
    [4, 'Provenance', 'of-nothing-here', 'no member: what it refers to is stored nowhere'],
    [5, 'Provenance', 'of-a-bundle', 'no member: what it refers to is stored nowhere'],
  ]);
});

test('an import cannot store AuditEvents', async () => {
  const result = await importing({
    resourceType: 'AuditEvent',
    id: 'a',
    type: { code: 'rest' },
    recorded: '2026-01-01T00:00:00Z',
    agent: [{ requestor: true }],
    source: { observer: { display: 'x' } },
  });
  expect(reasonsOf(result)).toEqual([[1, 'AuditEvent', 'a', 'audit-service accepts no import']]);
});

test('numbers keep their exact digits, also in a resource that had to wait', async () => {
  const text =
    '{"resourceType":"Provenance","id":"exact","target":[{"reference":"Condition/c"}],"recorded":"2026-01-01T00:00:00Z","agent":[{"who":{"display":"x"}}],"extension":[{"url":"u","valueDecimal":1.50}]}';
  const tenant = 'exact';
  const file = await world.file('exact.ndjson', `${text}\n${ndjson(importedCondition('c', 'p1'))}`);
  await world.importFiles(tenant, file);
  const [row] = await world.stored(tenant, 'Provenance/exact');
  expect(row?.body).toContain('"valueDecimal":1.50}');
});

test('a resource that refers to two members is rejected, with whichever owners they are stored', async () => {
  const result = await importing(
    patient('p1'),
    patient('p2'),
    importedCondition('c', 'p1'),
    explanation('e', 'p2'),
    importedProvenance('of-two', 'Condition/c', 'ExplanationOfBenefit/e'),
    {
      ...importedCondition('smuggler', 'p1'),
      contained: [
        {
          ...importedCondition('inner', 'p1'),
          subject: { reference: 'https://other.example/fhir/Patient/p2' },
        },
      ],
    },
  );
  expect(reasonsOf(result).sort()).toEqual([
    [5, 'Provenance', 'of-two', 'several members: what it refers to belongs to 2 of them'],
    [6, 'Condition', 'smuggler', 'contains a Condition of another member'],
  ]);
});

test('a resource that was stored before its target is removed when the target belongs to another member', async () => {
  const first = await importing(
    patient('p1'),
    importedProvenance('early', 'Patient/p1', 'ExplanationOfBenefit/late'),
  );
  expect(first.summary).toMatchObject({ created: 2, rejected: 0 });
  const file = await world.file('late.ndjson', ndjson(explanation('late', 'p2')));
  const { rejections } = await world.importFiles(first.tenant, file);
  expect(rejections.map(({ type, id, reason }) => [type, id, reason])).toEqual([
    ['Provenance', 'early', expect.stringMatching(/^several members: Provenance\/early/)],
  ]);
  expect(await world.stored(first.tenant, 'Provenance/early')).toEqual([]);
  expect(await world.stored(first.tenant, 'ExplanationOfBenefit/late')).toHaveLength(1);
});

test('a resource that refers to a Bundle belongs to the member of its entries', async () => {
  const bundle = {
    resourceType: 'Bundle',
    id: 'b',
    type: 'collection',
    entry: [{ resource: patient('p1') }, { resource: importedCondition('c', 'p1') }],
  };
  const result = await importing(
    bundle,
    importedProvenance('of-bundle', 'Bundle/b'),
    importedProvenance('of-other', 'Bundle/x'),
  );
  expect(reasonsOf(result)).toEqual([
    [3, 'Provenance', 'of-other', 'no member: what it refers to is stored nowhere'],
  ]);
  const [row] = await world.stored(result.tenant, 'Provenance/of-bundle');
  expect([row?.owner, row?.member]).toEqual(['clinical-service', 'p1']);
});
