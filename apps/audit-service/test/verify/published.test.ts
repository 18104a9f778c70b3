/** A plan of which nothing is known outside, although it is older than a day: somebody took it away. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, jest } from '@jest/globals';
import { eventKeys } from '@patient-access/events';
import { COMPILE_CACHE } from '@patient-access/testing';
import pg from 'pg';
import { storeCheckpoints } from '../../src/checkpoints/sign-heads.ts';
import { exportTenant } from '../../src/verify/export.ts';
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
    const env = { ...COMPILE_CACHE, AUDITOR_DATABASE_URL: world.urls.auditor };
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

describe('the command', () => {
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const verify = (...words: string[]) => {
    const pem = [...signing.signer.keys.values()].map((key) => key.export({ type: 'spki', format: 'pem' }));
    const byWhom = [
      '--keys',
      file('keys.pem', pem.join('')),
      '--event-keys',
      file('jwks', EVENT_PUBLIC_KEYS),
    ];
    const env = { ...COMPILE_CACHE, AUDITOR_DATABASE_URL: world.urls.auditor };
    const all = [COMMAND, 'verify', ...words, ...byWhom];
    const { status, stdout } = spawnSync(process.execPath, all, { env, encoding: 'utf8' });
    return [status, stdout];
  };

  it('fails for a plan of which there is neither a chain nor a checkpoint', async () => {
    await world.deliver(asLines(accessEvent()));
    expect(verify('--tenant', TENANT)).toEqual([0, expect.stringMatching(/^ok .*\n$/)]);
    expect(verify('--tenant', 'northwnd')).toEqual([
      1,
      'FAIL  northwnd: there is neither a chain nor a checkpoint of it\n',
    ]);
  });

  it('names each bad lane, and says how many records hold in all of them, of the trail and of an export', async () => {
    const members = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    for (let each = 0; each < 3; each += 1)
      await world.deliver(asLines(...members.map((member) => accessEvent({ member }))));
    await signing.heads().sign();
    const lanes = await world.admin.query<{ lane: number }>(
      'SELECT lane FROM trail.audit_event WHERE seq >= 3 GROUP BY lane ORDER BY lane LIMIT 2',
    );
    const [first, second] = lanes.rows.map(({ lane }) => lane);
    const total = members.length * 3;
    const { rows } = await world.admin.query<{ bad: string }>(
      'SELECT count(*) AS bad FROM trail.audit_event WHERE (lane = $1 AND seq >= 2) OR (lane = $2 AND seq >= 3)',
      [first, second],
    );
    await world.admin.query(
      `BEGIN; SET LOCAL session_replication_role = replica;
       UPDATE trail.audit_event SET record = record || ' '
        WHERE (lane = ${first} AND seq = 2) OR (lane = ${second} AND seq = 3); COMMIT`,
    );
    const keys = { checkpoints: signing.signer.keys, events: eventKeys(EVENT_PUBLIC_KEYS) };
    const lines: string[] = [];
    for await (const line of exportTenant(signing.records, TENANT, keys)) lines.push(line);
    const exported = file('changed', `${lines.join('\n')}\n`);
    const named = (seq: number, lane?: number) =>
      `FAIL  ${TENANT}: first bad record ${seq} of lane ${lane}, AuditEvent/.*: altered; ${total - Number(rows[0]?.bad)} of all lanes hold\n`;
    for (const words of [[], ['--tenant', TENANT], ['--file', exported]])
      expect(verify(...words)).toEqual([
        1,
        expect.stringMatching(new RegExp(`^${named(2, first)}${named(3, second)}$`)),
      ]);
  });

  it('fails for an export of which the checkpoints from outside have none', async () => {
    await world.deliver(asLines(accessEvent(), accessEvent()));
    await world.deliver(asLines(accessEvent({ tenant: 'lakeside' })));
    await signing.heads().sign();
    const jws = (tenant: string) =>
      signing.published.filter((each) => each.tenant === tenant).map((each) => `${each.jws}\n`);
    const keys = { checkpoints: signing.signer.keys, events: eventKeys(EVENT_PUBLIC_KEYS) };
    const lines: string[] = [];
    for await (const line of exportTenant(signing.records, TENANT, keys)) lines.push(line);
    const exported = file('exported', `${lines.join('\n')}\n`);
    const [own, others] = [file('own', jws(TENANT).join('')), file('others', jws('lakeside').join(''))];
    expect(verify('--file', exported, '--checkpoints', own)).toEqual([0, expect.stringMatching(/^ok .*\n$/)]);
    expect(verify('--file', exported, '--checkpoints', others)).toEqual([
      1,
      expect.stringMatching(/\nFAIL {2}northwind: .*others has no checkpoint of it\n$/),
    ]);
  });

  it('names the line of an export that was cut or changed so that nothing can read it', async () => {
    await world.deliver(asLines(accessEvent(), accessEvent()));
    await signing.heads().sign();
    const keys = { checkpoints: signing.signer.keys, events: eventKeys(EVENT_PUBLIC_KEYS) };
    const lines: string[] = [];
    for await (const line of exportTenant(signing.records, TENANT, keys)) lines.push(line);
    const whole = `${lines.join('\n')}\n`;
    const last = lines.length;
    const failed = (text: string) => [1, `FAIL  damaged: ${text}\n`];
    const wrongLine = (line: number) => failed(`line ${line} is not of an export: cut or changed`);
    for (const [text, said] of [
      [whole.slice(0, -50), wrongLine(last)],
      [whole.replace(/"columns"(?!.*"columns")/s, '"colunns"'), wrongLine(last)],
      [`${whole}null\n`, wrongLine(last + 1)],
      [`${whole}{"tenant":"${TENANT}"}\n`, wrongLine(last + 1)],
      [whole.slice(0, 100), wrongLine(1)],
      [whole.replace('"hash":"', '"hash":"_'), wrongLine(1)],
    ] as const)
      expect(verify('--file', file('damaged', text))).toEqual(said);
    const noExport = 'FAIL  manifest.json: missing, and the file does not begin as an export of a trail\n';
    for (const text of ['', lines.slice(1).join('\n')])
      expect(verify('--file', file('damaged', text))).toEqual([1, noExport]);
  });
});
