/** A plan of which nothing is known outside, although it is older than a day: somebody took it away. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it, jest } from '@jest/globals';
import { eventKeys } from '@patient-access/events';
import pg from 'pg';
import { storeCheckpoints } from '../../src/checkpoints/sign-heads.ts';
import { lacksPublished } from '../../src/verify/published.ts';
import { type Signing, signingWorld } from '../checkpoints.ts';
import { accessEvent, asLines, EVENT_PUBLIC_KEYS, type World } from '../world.ts';

const COMMAND = join(import.meta.dirname, '../../dist/admin.js');
const TENANT = 'northwind';
const TWO_DAYS_MS = 2 * 86_400_000;
const folder = mkdtempSync(join(tmpdir(), 'patient-access-published-'));

let world: World;
let signing: Signing;
signingWorld((startedWorld, started) => {
  world = startedWorld;
  signing = started;
});
afterEach(() => void jest.restoreAllMocks());
afterAll(() => rmSync(folder, { recursive: true }));

const lacks = () => {
  const keys = { checkpoints: signing.signer.keys, events: eventKeys(EVENT_PUBLIC_KEYS) };
  return lacksPublished(signing.records, TENANT, keys, signing.published);
};

it('needs a checkpoint outside when its records are older than a day, whatever the database has of checkpoints', async () => {
  await world.deliver(asLines(accessEvent()));
  expect(await lacks()).toBe(false);
  jest.spyOn(Date, 'now').mockReturnValue(Date.now() + TWO_DAYS_MS);
  expect(await lacks()).toBe(true);
  await signing.heads().sign();
  expect(await lacks()).toBe(false);
});

it('fails a verification whose checkpoints from outside have none of it', async () => {
  await world.deliver(asLines(accessEvent()));
  await signing.heads().sign();
  const [{ heads } = { heads: [] }] = signing.published;
  jest.useFakeTimers({ now: Date.now() - TWO_DAYS_MS, doNotFake: ['setImmediate', 'nextTick'] });
  const old = await signing.signer
    .sign({ tenant: TENANT, kind: 'head', heads })
    .finally(() => jest.useRealTimers());
  const owner = new pg.Client({ connectionString: world.urls.owner });
  await owner.connect();
  await world.admin.query(
    'BEGIN; SET LOCAL session_replication_role = replica; DELETE FROM trail.checkpoint; COMMIT',
  );
  await storeCheckpoints(owner, [old]);
  await owner.end();
  jest.useFakeTimers({ now: Date.now() + TWO_DAYS_MS, doNotFake: ['setImmediate', 'nextTick'] });
  const late = await signing.signer
    .sign({ tenant: TENANT, kind: 'head', heads })
    .finally(() => jest.useRealTimers());
  const pem = [...signing.signer.keys.values()].map((key) => key.export({ type: 'spki', format: 'pem' }));
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const byWhom = ['--keys', file('keys.pem', pem.join('')), '--event-keys', file('jwks', EVENT_PUBLIC_KEYS)];
  const verify = (checkpoints: string) => {
    const words = ['verify', '--checkpoints', file('checkpoints', checkpoints), ...byWhom];
    const env = { AUDITOR_DATABASE_URL: world.urls.auditor };
    const { status, stdout } = spawnSync(process.execPath, [COMMAND, ...words], { env, encoding: 'utf8' });
    return [status, stdout];
  };
  expect(verify('')).toEqual([
    1,
    expect.stringMatching(/^ok .*\nFAIL {2}northwind: .* has no checkpoint of it/),
  ]);
  expect(verify(`${old.jws}\n`)).toEqual([0, expect.stringMatching(/^ok .*\n$/)]);
  // As a topic that was deleted and has grown again, or that came into use later.
  expect(verify(`${late.jws}\n`)).toEqual([
    0,
    expect.stringMatching(/^ok .*\nSINCE northwind: its checkpoints from outside begin at .*, its trail at /),
  ]);
  expect(verify(`${old.jws}\n${late.jws}\n`)).toEqual([0, expect.stringMatching(/^ok .*\n$/)]);
});
