/**
 * What is withheld stays so in what names it, when it stands under another person
 * (docs/adr/0051-store-a-form-of-a-resource-for-each-audience.md).
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Resource } from '@patient-access/fhir';
import { observation } from '@patient-access/testing';
import { formAnew } from '../../src/ingest/form-anew.ts';
import { Ingest } from '../../src/ingest/ingest.ts';
import { mergePersons, unmergePersons } from '../../src/ingest/persons/merge-persons.ts';
import { splitPersons } from '../../src/ingest/persons/split-persons.ts';
import { alone } from '../../src/ingest/turns/storing.ts';
import { withdraw } from '../../src/ingest/persons/withdrawal.ts';
import { ETH } from '../related/world.ts';
import { asMember, idsOf } from '../world.ts';
import { type RecordServices, startRecordServices } from './worlds.ts';

const TENANT = 'north';
const [system = '', code = ''] = ETH.split('|');
const LABELLED = { meta: { security: [{ system, code }] } };
const [COVERAGE, CLAIMS, CLINICAL] = ['coverage-service', 'claims-service', 'clinical-service'] as const;
/** They stand beside the reference, and tell as much as what it names. */
const WORDS = 'Alcohol dependence';

const patient = (id: string): Resource => ({ resourceType: 'Patient', id });
const coverage = (id: string, member: string): Resource => ({
  resourceType: 'Coverage',
  id,
  status: 'active',
  beneficiary: { reference: `Patient/${member}` },
  payor: [{ display: 'Northwind' }],
  ...LABELLED,
});
const claim = (id: string, member: string, named: string): Resource => ({
  resourceType: 'ExplanationOfBenefit',
  id,
  status: 'active',
  use: 'claim',
  patient: { reference: `Patient/${member}` },
  referral: { reference: named, display: WORDS },
});
const naming = (id: string, member: string, named: string): Resource =>
  observation(id, member, { hasMember: [{ reference: named, display: WORDS }] });
const secret = (id: string, member: string): Resource => observation(id, member, LABELLED);

describe('what is withheld, and stands under another person now', () => {
  let services: RecordServices;
  beforeAll(async () => {
    services = await startRecordServices();
  }, 120_000);
  afterAll(() => services?.stop());

  const store = (...resources: Resource[]) => services.store(TENANT, resources);
  const feed = { owner: COVERAGE, by: 'officer' };
  const moving = () => ({ databases: services.databases(COVERAGE), tenant: TENANT, feed });
  const appOf = (owner: string, member: string, sensitive: string[] = []) => {
    const world = services.worlds.get(owner);
    if (!world) throw new Error(owner);
    return asMember(world, TENANT, member, { sensitive });
  };

  /** Of clinical-service. */
  async function withdrawn(member: string, named: string, to?: { member: string; id: string }) {
    const databases = services.databases(CLINICAL);
    const ingest = new Ingest(databases, TENANT);
    const [type = '', id = ''] = named.split('/');
    const misfiling = { member, record: { type, id }, reason: 'mixed up', ...(to && { to }) };
    await withdraw({ databases, tenant: TENANT, ingest, feed: { ...feed, owner: CLINICAL } }, misfiling);
  }

  /** Neither the id nor the words, in any version. */
  async function expectNoTrace(owner: string, member: string, path: string, key: string) {
    const app = await appOf(owner, member);
    for (const each of [path, `${path}/_history`]) {
      const { status, text } = await app(each);
      expect([each, status]).toEqual([each, 200]);
      expect(text).not.toContain(key);
      expect(text).not.toContain(WORDS);
    }
  }

  it('is withheld from the survivor’s apps by every service, also in what comes later, and after an undoing', async () => {
    await store(patient('p1'), patient('p2'), coverage('secret', 'p1'));
    await store(claim('e1', 'p1', 'Coverage/secret'), naming('o1', 'p1', 'Coverage/secret'));
    const merge = { change: 'w-1', replaced: 'p1', survivor: 'p2', reason: 'two cards' };
    await mergePersons(moving(), merge);
    await store(claim('e2', 'p2', 'Coverage/secret'));
    for (const id of ['e1', 'e2'])
      await expectNoTrace(CLAIMS, 'p2', `ExplanationOfBenefit/${id}`, 'Coverage/secret');
    await expectNoTrace(CLINICAL, 'p2', 'Observation/o1', 'Coverage/secret');
    const released = await appOf(CLAIMS, 'p2', [ETH]);
    expect((await released('ExplanationOfBenefit/e1')).text).toContain('Coverage/secret');

    await unmergePersons(moving(), merge);
    await store(claim('e3', 'p1', 'Coverage/secret'));
    for (const id of ['e1', 'e3'])
      await expectNoTrace(CLAIMS, 'p1', `ExplanationOfBenefit/${id}`, 'Coverage/secret');
    await expectNoTrace(CLINICAL, 'p1', 'Observation/o1', 'Coverage/secret');
  });

  it('is not told of by what names it, when a file says that it is another person’s', async () => {
    await store(secret('moved', 'q1'), naming('of-moved', 'q1', 'Observation/moved'));
    await store(claim('e-moved', 'q1', 'Observation/moved'));
    await store(secret('moved', 'q2'));
    await expectNoTrace(CLINICAL, 'q1', 'Observation/of-moved', 'Observation/moved');
    await expectNoTrace(CLAIMS, 'q1', 'ExplanationOfBenefit/e-moved', 'Observation/moved');
    expect(idsOf(await (await appOf(CLINICAL, 'q2', [ETH]))('Observation'))).toEqual(['moved']);
  });

  it('is not told of by what names it, when it is withdrawn', async () => {
    await store(secret('wrong', 'r1'), naming('of-wrong', 'r1', 'Observation/wrong'));
    await withdrawn('r1', 'Observation/wrong');
    await store(naming('later', 'r1', 'Observation/wrong'));
    for (const id of ['of-wrong', 'later'])
      await expectNoTrace(CLINICAL, 'r1', `Observation/${id}`, 'Observation/wrong');
  });

  it('is not told of by what stays with the one person, when a record is split', async () => {
    await store(patient('s1'), secret('hers', 's1'), naming('stays', 's1', 'Observation/hers'));
    const split = { change: 'w-2', from: 's1', to: 's2', reason: 'two namesakes' };
    await splitPersons(moving(), { ...split, records: ['Observation/hers'] });
    await expectNoTrace(CLINICAL, 's1', 'Observation/stays', 'Observation/hers');
  });

  it('needs what was asked for of either person, when both had it once with other labels', async () => {
    const psy = { system, code: 'PSY' };
    await store(
      patient('k8'),
      patient('k9'),
      secret('twice', 'k8'),
      naming('o-k8', 'k8', 'Observation/twice'),
    );
    await withdrawn('k8', 'Observation/twice');
    await store(observation('twice', 'k9', { meta: { security: [psy] } }));
    await withdrawn('k9', 'Observation/twice');
    await mergePersons(moving(), { change: 'w-20', replaced: 'k8', survivor: 'k9', reason: 'two cards' });
    const readWith = async (...released: string[]) =>
      (await (await appOf(CLINICAL, 'k9', released))('Observation/o-k8')).text.includes(WORDS);
    const PSY = `${psy.system}|PSY`;
    expect([await readWith(ETH), await readWith(PSY), await readWith(ETH, PSY)]).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('is not told of to the survivor’s apps either, when it was withdrawn before, nor after an undoing', async () => {
    await store(patient('y1'), patient('y2'), secret('gone-y1', 'y1'));
    await store(naming('o-y1', 'y1', 'Observation/gone-y1'), claim('e-y1', 'y1', 'Observation/gone-y1'));
    await withdrawn('y1', 'Observation/gone-y1');
    const merge = { change: 'w-4', replaced: 'y1', survivor: 'y2', reason: 'two cards' };
    await mergePersons(moving(), merge);
    await store(claim('e-late', 'y1', 'Observation/gone-y1'), secret('gone-y2', 'y1'));
    await store(naming('o-late', 'y1', 'Observation/gone-y2'));
    await withdrawn('y2', 'Observation/gone-y2');
    await expectNoTrace(CLINICAL, 'y2', 'Observation/o-y1', 'Observation/gone-y1');
    for (const id of ['e-y1', 'e-late'])
      await expectNoTrace(CLAIMS, 'y2', `ExplanationOfBenefit/${id}`, 'Observation/gone-y1');

    await unmergePersons(moving(), merge);
    for (const id of ['e-y1', 'e-late'])
      await expectNoTrace(CLAIMS, 'y1', `ExplanationOfBenefit/${id}`, 'Observation/gone-y1');
    await expectNoTrace(CLINICAL, 'y1', 'Observation/o-late', 'Observation/gone-y2');
  });

  it('is not told of by what goes to the other person, when a record is split', async () => {
    await store(patient('z1'), secret('his', 'z1'), naming('goes', 'z1', 'Observation/his'));
    await store(claim('e-goes', 'z1', 'Observation/his'));
    const split = { change: 'w-5', from: 'z1', to: 'z2', reason: 'two namesakes' };
    const records = ['Observation/goes', 'ExplanationOfBenefit/e-goes'];
    await splitPersons(moving(), { ...split, records });
    await expectNoTrace(CLINICAL, 'z2', 'Observation/goes', 'Observation/his');
    await expectNoTrace(CLAIMS, 'z2', 'ExplanationOfBenefit/e-goes', 'Observation/his');
  });

  it('is not told of by what is filed under the other person, when that is withdrawn', async () => {
    await store(secret('stays-q', 'q3'), naming('filed', 'q3', 'Observation/stays-q'));
    await withdrawn('q3', 'Observation/filed', { member: 'q4', id: 'filed-q4' });
    await expectNoTrace(CLINICAL, 'q4', 'Observation/filed-q4', 'Observation/stays-q');
  });

  it('is not told of by what names it, when a file says that this is another person’s', async () => {
    await store(secret('stays-r', 'r3'), naming('goes-r', 'r3', 'Observation/stays-r'));
    await store(naming('goes-r', 'r4', 'Observation/stays-r'));
    await expectNoTrace(CLINICAL, 'r4', 'Observation/goes-r', 'Observation/stays-r');
  });

  it('is withheld where a service stores what it alone has of the member, such as a consent', async () => {
    const restricted = { system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' };
    const asked = {
      resourceType: 'CoverageEligibilityRequest',
      id: 'asked',
      status: 'active',
      patient: { reference: 'Patient/u1' },
      supportingInfo: [{ sequence: 1, information: { reference: 'Observation/k', display: WORDS } }],
    };
    await store({ ...patient('u1'), meta: { security: [restricted] } }, secret('k', 'u1'), asked);
    const consent = { resourceType: 'Consent', id: 'c', patient: { reference: 'Patient/u1' } };
    const { own } = services.databases(COVERAGE);
    await new Ingest(alone(own), TENANT).store([{ resource: consent, origin: 0 }]);
    const app = await appOf(COVERAGE, 'u1', [`${restricted.system}|${restricted.code}`]);
    const { status, text } = await app('CoverageEligibilityRequest/asked');
    expect(status).toBe(200);
    expect(text).not.toContain('Observation/k');
    expect(text).not.toContain(WORDS);
  });

  it('is listed again in every database, where a merge of before has left it out, by forming all anew', async () => {
    await store(patient('v1'), coverage('of-v1', 'v1'));
    const claims = services.worlds.get(CLAIMS);
    await claims?.admin.query(`DELETE FROM conditional_resource WHERE member = 'v1'`);
    await store(claim('e-open', 'v1', 'Coverage/of-v1'));
    for await (const _ of formAnew(services.databases(COVERAGE), TENANT));
    await store(claim('e-new', 'v1', 'Coverage/of-v1'));
    for (const id of ['e-open', 'e-new'])
      await expectNoTrace(CLAIMS, 'v1', `ExplanationOfBenefit/${id}`, 'Coverage/of-v1');
  });

  it('is listed again also in the database that is asked first', async () => {
    await store(patient('w1'), coverage('of-w1', 'w1'));
    const own = services.worlds.get(COVERAGE);
    await own?.admin.query(`DELETE FROM conditional_resource WHERE member = 'w1'`);
    await store({
      ...{ resourceType: 'CoverageEligibilityRequest', id: 'of-w1', status: 'active' },
      patient: { reference: 'Patient/w1' },
      insurance: [{ coverage: { reference: 'Coverage/of-w1', display: WORDS } }],
    });
    for await (const _ of formAnew(services.databases(COVERAGE), TENANT));
    await expectNoTrace(COVERAGE, 'w1', 'CoverageEligibilityRequest/of-w1', 'Coverage/of-w1');
  });

  it('stays in the list when all is formed anew, where a split of before has left it to another database alone', async () => {
    await store(patient('x1'), patient('x2'), coverage('of-x', 'x1'), claim('e-x', 'x1', 'Coverage/of-x'));
    const split = { change: 'w-3', from: 'x1', to: 'x2', reason: 'two namesakes' };
    await splitPersons(moving(), { ...split, records: ['Coverage/of-x'] });
    const own = services.worlds.get(COVERAGE);
    await own?.admin.query(`DELETE FROM conditional_resource WHERE member = 'x1'`);
    for await (const _ of formAnew(services.databases(COVERAGE), TENANT));
    await store({ ...claim('e-x', 'x1', 'Coverage/of-x'), status: 'cancelled' });
    await expectNoTrace(CLAIMS, 'x1', 'ExplanationOfBenefit/e-x', 'Coverage/of-x');
  });

  it('is named again when it stands there without a label', async () => {
    await store(secret('once', 't1'), naming('of-once', 't1', 'Observation/once'));
    await store(secret('once', 't2'));
    await store(observation('once', 't1'));
    const { text } = await (await appOf(CLINICAL, 't1'))('Observation/of-once');
    expect(text).toContain('Observation/once');
  });
});
