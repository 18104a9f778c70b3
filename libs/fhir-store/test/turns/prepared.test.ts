/**
 * A batch is prepared before its transaction begins. What changes in between counts all the same
 * (docs/adr/0159-prepare-a-batch-before-its-transaction.md).
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Resource } from '@patient-access/fhir';
import { condition, observation } from '@patient-access/testing';
import {
  type AddedWords,
  type Databases,
  Ingest,
  setPlanDisplays,
  setSensitiveCodes,
} from '../../src/ingest.ts';
import { type RecordServices, startRecordServices } from '../withholding/worlds.ts';

const [CLINICAL, CLAIMS] = ['clinical-service', 'claims-service'] as const;
const ICD = 'http://hl7.org/fhir/sid/icd-10-cm';
const WORDS: AddedWords = { displays: { displayOf: ({ code }) => `shipped ${code}` } };

const coded = (id: string, member: string, code: string): Resource =>
  condition(id, member, { code: { coding: [{ system: ICD, code }] } });
const provenance = (id: string, ...targets: string[]): Resource => ({
  resourceType: 'Provenance',
  id,
  target: targets.map((reference) => ({ reference })),
  recorded: '2026-01-01T00:00:00Z',
  agent: [{ who: { display: 'plan' } }],
});
const claim = (id: string, member: string, named: string): Resource => ({
  resourceType: 'ExplanationOfBenefit',
  id,
  status: 'active',
  patient: { reference: `Patient/${member}` },
  supportingInfo: [{ sequence: 1, valueReference: { reference: named } }],
});

interface Row {
  member: string;
  labelled: string[];
  audience: string[] | null;
  body: string;
}

describe('a batch that was prepared', () => {
  let services: RecordServices;
  let tenants = 0;
  let tenant: string;
  beforeAll(async () => {
    services = await startRecordServices();
  }, 60_000);
  beforeEach(() => {
    tenants += 1;
    tenant = `prepared-${tenants}`;
  });
  afterAll(() => services?.stop());

  const databases = (owner: string): Databases => services.databases(owner);
  const all = () => databases(CLINICAL).all;
  const itemsOf = (resources: Resource[]) => resources.map((resource) => ({ resource, origin: resource.id }));
  const stored = async (owner: string, id: string) =>
    (
      await services.worlds
        .get(owner)
        ?.admin.query<Row>('SELECT * FROM resource WHERE tenant = $1 AND id = $2 AND form = 0', [tenant, id])
    )?.rows[0];
  const codingOf = (row: Row | undefined) =>
    (JSON.parse(row?.body ?? '') as { code: { coding: object[] } }).code.coding[0];

  /** Prepares and stores these. @param meanwhile happens in between @returns how often the transaction ran */
  async function storing(
    resources: Resource[],
    meanwhile: () => Promise<unknown> = () => Promise.resolve(),
    words?: AddedWords,
  ): Promise<number> {
    const ingest = new Ingest(databases(CLINICAL), tenant, { words });
    const batch = await ingest.prepare(itemsOf(resources));
    await meanwhile();
    const runs = jest.spyOn(ingest as unknown as { storeBatch: () => Promise<unknown> }, 'storeBatch');
    for (const { status } of await ingest.storePrepared(batch)) expect(status).not.toBe('rejected');
    return runs.mock.calls.length;
  }

  const list = (...codes: string[]) =>
    setSensitiveCodes(
      all(),
      tenant,
      codes.length > 0 ? [{ category: 'substance-use', codes: { [ICD]: codes } }] : [],
    );
  const sayingDisplay = (display: string) =>
    setPlanDisplays(
      all(),
      tenant,
      { systems: [ICD], displays: [{ system: ICD, code: 'I10', version: '', display }] },
      { owner: CLINICAL, by: 'test' },
    );

  it('is withheld if its code became sensitive, also where another database names it', async () => {
    await services.store(tenant, [claim('names-it', 'anna', 'Condition/c')]);
    await storing([coded('c', 'anna', 'F10.20')], () => list('F10*'));
    expect(await stored(CLINICAL, 'c')).toMatchObject({ labelled: [expect.stringContaining('SUD')] });
    expect((await stored(CLAIMS, 'names-it'))?.audience).not.toBeNull();
  });

  it('is seen by everybody if its code is not sensitive any more', async () => {
    await list('F10*');
    await storing([coded('c', 'anna', 'F10.20')], () => list());
    expect(await stored(CLINICAL, 'c')).toMatchObject({ labelled: [], audience: null });
  });

  it('gets the display that the plan supplied meanwhile, and otherwise the one that it had before', async () => {
    await storing([coded('c', 'anna', 'I10')], undefined, WORDS);
    expect(codingOf(await stored(CLINICAL, 'c'))).toMatchObject({ display: 'shipped I10' });
    await storing([coded('d', 'anna', 'I10')], () => sayingDisplay('High blood pressure'), WORDS);
    expect(codingOf(await stored(CLINICAL, 'd'))).toMatchObject({ display: 'High blood pressure' });
    await storing([coded('e', 'anna', 'I10')], () => sayingDisplay('Pressure'), WORDS);
    expect(codingOf(await stored(CLINICAL, 'e'))).toMatchObject({ display: 'Pressure' });
  });

  it('belongs to whom its target belongs by now', async () => {
    await services.store(tenant, [observation('o', 'anna')]);
    await storing([provenance('p', 'Observation/o')], () =>
      services.store(tenant, [observation('o', 'ben')]),
    );
    expect(await stored(CLINICAL, 'p')).toMatchObject({ member: 'ben' });
  });

  it('runs once where labels, targets or former members make a batch that was not prepared run again', async () => {
    await list('F10*');
    await services.store(tenant, [observation('o', 'anna'), claim('e', 'ben', 'Observation/other')]);
    expect(await storing([coded('c', 'anna', 'F10.20')])).toBe(1);
    expect(await storing([provenance('p', 'Observation/o'), provenance('q', 'ExplanationOfBenefit/e')])).toBe(
      1,
    );
    expect(await storing([observation('o', 'carl')])).toBe(1);
    const ingest = new Ingest(databases(CLINICAL), tenant);
    const runs = jest.spyOn(ingest as unknown as { storeBatch: () => Promise<unknown> }, 'storeBatch');
    await ingest.store(itemsOf([coded('d', 'anna', 'F10.20')]));
    expect(runs.mock.calls.length).toBe(2);
  });
});
