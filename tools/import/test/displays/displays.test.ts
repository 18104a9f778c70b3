/** Codes that come without a display get one: the plan's, otherwise a shipped one. What was sent stays as it was. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ShippedDisplays } from '../../displays/shipped.ts';
import { importResources } from '../../store/import.ts';
import { explanation, importedCondition, patient } from '../resources.ts';
import { createWorld, type World } from '../world.ts';

const ICD = 'http://hl7.org/fhir/sid/icd-10-cm';
const CPT = 'http://www.ama-assn.org/go/cpt';
const AMBULANCE = { system: 'https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets', code: 'A0021' };
const displays = new ShippedDisplays();

const coded = (id: string, ...coding: object[]) => importedCondition(id, 'p', { code: { coding } });

describe('displays', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });
  afterAll(() => world?.end());

  const store = async (tenant: string, ...resources: object[]) => {
    const inputs = [patient('p'), ...resources].map((resource) => ({ resource, origin: '' }));
    const { types } = await importResources(world.stores, tenant, inputs, {
      words: { displays },
    });
    return types['Condition'];
  };
  const codings = async (tenant: string, id: string) => {
    const [row] = await world.stored(tenant, `Condition/${id}`);
    const { code } = JSON.parse(row?.body ?? '') as { code: { coding: object[] } };
    return { coding: code.coding, version: row?.version };
  };
  const command = async (...args: string[]) => {
    const { code, out, err } = await world.run('displays', args);
    return { status: code, said: out + err };
  };
  const table = (name: string, ...rows: string[]) =>
    world.file(name, ['system,version,code,display', ...rows].join('\n'));

  it('are added at import, and the same file again changes nothing', async () => {
    const resource = coded(
      'a',
      { system: ICD, code: 'I10' },
      { system: ICD, code: 'E11.9', display: 'sugar' },
    );
    await store('north', resource);
    const added = { display: 'Essential (primary) hypertension', userSelected: false };
    expect(await codings('north', 'a')).toEqual({
      coding: [
        { system: ICD, code: 'I10', ...added },
        { system: ICD, code: 'E11.9', display: 'sugar' },
      ],
      version: 1,
    });
    expect(await store('north', resource)).toMatchObject({ unchanged: 1, updated: 0 });
  });

  it('of what a plan publishes are set for it by itself', async () => {
    const NUCC = 'http://nucc.org/provider-taxonomy';
    const specialty = [{ coding: [{ system: NUCC, code: '207Q00000X' }] }];
    const publish = async (id: string) => {
      const tenant = 'publishing~provider-directory';
      const resource = { resourceType: 'PractitionerRole', id, specialty };
      await importResources(world.stores, tenant, [{ resource, origin: '' }], { words: { displays } });
      const [row] = await world.stored(tenant, `PractitionerRole/${id}`);
      const { specialty: stored } = JSON.parse(row?.body ?? '') as { specialty: typeof specialty };
      return stored[0]?.coding[0];
    };
    expect(await publish('bare')).not.toHaveProperty('display');
    const file = await table('nucc.csv', `${NUCC},,207Q00000X,Family Medicine`);
    expect((await command('--tenant', 'publishing', file)).status).toBe(0);
    expect(await publish('of-members')).not.toHaveProperty('display');
    expect((await command('--tenant', 'publishing', '--directory', file)).status).toBe(0);
    expect(await publish('own')).toMatchObject({ display: 'Family Medicine' });
  });

  it('of a plan count before the shipped ones, and a new table makes no version of what comes again', async () => {
    const sent = coded('a', { system: ICD, code: 'I10' }, { system: CPT, code: '99213' });
    await store('south', sent);
    const file = await table(
      'own.csv',
      `${CPT},,99213,"Office visit, ""short"""`,
      `${ICD},,I10,High blood pressure`,
    );
    expect(await command('--tenant', 'south', file)).toEqual({
      status: 0,
      said: `${CPT}: 1 displays\n${ICD}: 1 displays\n`,
    });
    expect(await store('south', sent, coded('b', { system: CPT, code: '99213' }))).toMatchObject({
      unchanged: 1,
      created: 1,
    });
    expect((await codings('south', 'b')).coding).toMatchObject([{ display: 'Office visit, "short"' }]);
    expect((await codings('south', 'a')).coding[1]).not.toHaveProperty('display');
    await store('north', coded('c', { system: CPT, code: '99213' }));
    expect((await codings('north', 'c')).coding[0]).not.toHaveProperty('display');
  });

  it('are added to what is stored by the command, as a new version that the same file leaves alone', async () => {
    const sent = coded('a', { system: ICD, code: 'I10' }, { system: CPT, code: '99213' });
    const { status, said } = await command('--tenant', 'south', '--stored');
    expect([status, said]).toEqual([0, expect.stringContaining('with new words')]);
    const { coding, version } = await codings('south', 'a');
    expect(version).toBe(2);
    expect(coding).toMatchObject([
      { display: 'Essential (primary) hypertension' },
      { display: 'Office visit, "short"', userSelected: false },
    ]);
    expect(await store('south', sent)).toMatchObject({ unchanged: 1 });
    expect((await command('--tenant', 'south', '--stored')).said).toContain(
      'clinical-service: 2 looked at, 0 with',
    );
  });

  it('of a version count for codings of this version', async () => {
    const drg = 'urn:groups';
    await store('west');
    const file = await table('drg.csv', `${drg},38,001,old`, `${drg},43,001,new`);
    await command('--tenant', 'west', file);
    const of = (version?: string) => ({ system: drg, code: '001', ...(version && { version }) });
    await store('west', coded('a', of('38'), of('43'), of()));
    expect((await codings('west', 'a')).coding).toMatchObject([
      { display: 'old' },
      { display: 'new' },
      { display: 'new' },
    ]);
    await command('--tenant', 'west', '--remove', drg);
    await store('west', coded('b', of('38')));
    expect((await codings('west', 'b')).coding[0]).not.toHaveProperty('display');
  });

  it('are taken away by each name of a code system', async () => {
    const senders = 'http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets';
    await store('away');
    const file = await table('hcpcs.csv', `${senders},,ZZ999,ours`);
    expect((await command('--tenant', 'away', file)).said).toBe(`${AMBULANCE.system}: 1 displays\n`);
    expect((await command('--tenant', 'away', '--remove', senders)).said).toBe(
      `${AMBULANCE.system}: 0 displays\n`,
    );
    await store('away', coded('a', { system: senders, code: 'ZZ999' }));
    expect((await codings('away', 'a')).coding[0]).not.toHaveProperty('display');
  });

  it('and narratives are written for claims, from their displays, and the same file changes nothing', async () => {
    const claim = explanation('e', 'p', {
      item: [{ sequence: 1, productOrService: { coding: [AMBULANCE] } }],
    });
    const importClaim = () =>
      importResources(world.stores, 'east', [{ resource: claim, origin: '' }], { words: { displays } });
    await store('east');
    await importClaim();
    const [row] = await world.stored('east', 'ExplanationOfBenefit/e');
    expect(row?.body).toContain('Care (Ambulance service, outside state per mile');
    expect(await importClaim()).toMatchObject({ unchanged: 1, updated: 0 });
  });

  it('are refused where the file is not what the command knows', async () => {
    const file = await world.file('x.csv', 'code,display\n1,2');
    expect(await command('--tenant', 'south', file)).toEqual({
      status: 1,
      said: 'import:displays: the first line has to be system,version,code,display\n',
    });
  });
});
