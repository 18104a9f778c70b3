/** What a plan corrects after its files were loaded, as the apps of two members see it: a deletion, and a record under the wrong person. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FhirClient } from '@patient-access/first-call';
import { waitUntil } from '@patient-access/testing';
import { remove, runToEnd } from '../installation/installation.ts';
import { logInAt } from '../installation/member-agent.ts';
import { connect, ingestSettings, memberOf, world } from '../installation/world.ts';

const { northwind } = world();

describe('a plan corrects what it has loaded', () => {
  let folder: string;
  let hers: FhirClient;
  let others: FhirClient;
  const [her, other] = [memberOf(northwind, 'ordinary'), memberOf(northwind, 'denied')];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patient-access-corrections-'));
    ({ client: hers } = await connect(northwind, 'ordinary'));
    ({ client: others } = await connect(northwind, 'denied'));
  }, 60_000);
  afterAll(() => remove(folder));

  const condition = (id: string) => ({
    resourceType: 'Condition',
    id,
    subject: { reference: `Patient/${her.patientId}` },
    code: { text: 'Mixed up' },
  });
  /** @returns the exit code */
  async function load(content: object): Promise<number | null> {
    const file = join(folder, 'file.json');
    await writeFile(file, JSON.stringify(content));
    const args = ['--tenant', 'northwind', '--rejects', join(folder, 'rejects.ndjson'), file];
    return (await runToEnd('tools/import/main.ts', args, ingestSettings())).code;
  }
  const statuses = async (path: string) => [(await hers.get(path)).status, (await others.get(path)).status];
  /** Waits until her page "Who saw my data" says this. */
  async function page(says: string): Promise<void> {
    const { again } = await logInAt(her, northwind.appsPage.replace(/apps$/, 'access'));
    await waitUntil(async () => (await again()).includes(says), { withinMs: 30_000 });
  }
  const found = async (client: FhirClient, id: string) =>
    (await client.search('Condition?_count=100')).filter((each) => each.id === id).length;

  test('what it deletes is gone for the app that could see it, and never was for another one', async () => {
    expect(await load(condition('journey-deleted'))).toBe(0);
    expect(await statuses('Condition/journey-deleted')).toEqual([200, 404]);
    const request = { method: 'DELETE', url: 'Condition/journey-deleted' };
    expect(await load({ resourceType: 'Bundle', type: 'transaction', entry: [{ request }] })).toBe(0);
    expect(await statuses('Condition/journey-deleted')).toEqual([410, 404]);
    expect(await found(hers, 'journey-deleted')).toBe(0);
    expect(await statuses('Condition/journey-deleted/_history')).toEqual([200, 404]);
  });

  test('a record under the wrong person is hers no more, is found where it belongs, does not come back, and is on her page alone', async () => {
    expect(await load(condition('journey-mixed'))).toBe(0);
    expect(await found(hers, 'journey-mixed')).toBe(1);
    const { code, said } = await runToEnd(
      'tools/import/withdraw.ts',
      [
        ...['--tenant', 'northwind', '--record', 'Condition/journey-mixed', '--from', her.patientId],
        ...['--reason', 'members mixed up in a file', '--to', other.patientId, '--as', 'journey-right'],
      ],
      ingestSettings(),
    );
    expect([code, said]).toEqual([
      0,
      expect.stringContaining(`saw --tenant northwind --member ${her.patientId}`),
    ]);
    for (const path of ['Condition/journey-mixed', 'Condition/journey-mixed/_history'])
      expect(await statuses(path)).toEqual([404, 404]);
    expect(await statuses('Condition/journey-right')).toEqual([404, 200]);
    expect([await found(hers, 'journey-mixed'), await found(others, 'journey-right')]).toEqual([0, 1]);
    expect(await load(condition('journey-mixed'))).toBe(3);
    expect(await statuses('Condition/journey-mixed')).toEqual([404, 404]);
    await page('corrected this record');
    expect(await hers.search('AuditEvent?subtype=ingest-withdraw')).toEqual([]);
  }, 120_000);
});
