/**
 * What is withheld stays so where one of the databases was put back to an earlier state, and the files of since are loaded again
 * (docs/operate.md, "Backup and restore").
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Resource } from '@patient-access/fhir';
import { observation } from '@patient-access/testing';
import { ETH } from '../related/world.ts';
import { asMember } from '../world.ts';
import { type RecordServices, startRecordServices } from './worlds.ts';

const TENANT = 'north';
const [system = '', code = ''] = ETH.split('|');
const LABELLED = { meta: { security: [{ system, code }] } };
const WORDS = 'Alcohol dependence';
/** What the backup did not have of a member yet, or of the plan. */
const TABLES = ['resource', 'resource_history', 'search_value', 'conditional_resource'];

const secret = (id: string, member: string): Resource => observation(id, member, LABELLED);
const naming = (id: string, member: string, named: string, more: object = {}): Resource =>
  observation(id, member, { hasMember: [{ reference: named, display: WORDS }], ...more });

describe('after one database was put back', () => {
  let services: RecordServices;
  beforeAll(async () => {
    services = await startRecordServices();
  }, 120_000);
  afterAll(() => services?.stop());

  const store = (...resources: Resource[]) => services.store(TENANT, resources);

  async function putBack(owner: string, member: string, tables = TABLES) {
    const { admin } = services.worlds.get(owner) ?? {};
    for (const table of tables)
      await admin?.query(`DELETE FROM ${table} WHERE tenant = $1 AND member = $2`, [TENANT, member]);
  }

  async function readBy(member: string, path: string, ...sensitive: string[]): Promise<string> {
    const world = services.worlds.get('clinical-service');
    if (!world) throw new Error('no world');
    const { status, text } = await (await asMember(world, TENANT, member, { sensitive }))(path);
    expect([path, status]).toEqual([path, 200]);
    return text;
  }

  it('what comes again is withheld there in what names it, although the others know of it', async () => {
    const records = [secret('k', 'p1'), naming('of-k', 'p1', 'Observation/k')];
    await store(...records);
    await putBack('clinical-service', 'p1');
    await store(...records);
    for (const path of ['Observation/of-k', 'Observation/of-k/_history']) {
      const text = await readBy('p1', path);
      expect(text).not.toContain('Observation/k"');
      expect(text).not.toContain(WORDS);
    }
    expect(await readBy('p1', 'Observation/of-k', ETH)).toContain('Observation/k"');
    await store(naming('later', 'p1', 'Observation/k'));
    expect(await readBy('p1', 'Observation/later')).not.toContain(WORDS);
  });

  it('what is withheld of the plan stays so elsewhere, when a member gets a label', async () => {
    await store({ resourceType: 'Practitioner', id: 'eth', ...LABELLED });
    const performer = [{ reference: 'Practitioner/eth', display: 'Dr. Cole' }];
    await store(naming('both', 'p2', 'Observation/coming', { performer }));
    expect(await readBy('p2', 'Observation/both')).not.toContain('Practitioner/eth');
    await putBack('coverage-service', '', ['conditional_resource']);
    await store(secret('coming', 'p2'));
    const text = await readBy('p2', 'Observation/both');
    expect(text).not.toContain('Observation/coming');
    expect(text).not.toContain('Practitioner/eth');
  });
});
