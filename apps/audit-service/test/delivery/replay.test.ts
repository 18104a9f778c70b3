import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { messageLine, signMessage } from '@patient-access/events';
import { ask } from '@patient-access/testing';
import { accessEvent, EVENT_SECRET, CLAIMS_PRODUCER, startWorld, type World } from '../world.ts';

const COMMAND = join(import.meta.dirname, '../../dist/dead-letters.js');
const OTHER_SECRET = 'the-secret-after-the-rotation';

describe('npm run audit:dead-letters', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.stop());

  const bodies = { event: JSON.stringify(accessEvent()), other: JSON.stringify(accessEvent()) };
  beforeEach(async () => {
    await world.empty();
    const line = (secret: string, sequence: number, body: string) =>
      messageLine(signMessage(secret, { producer: CLAIMS_PRODUCER, sequence, body }));
    await ask(world.url, '/internal/access-events', {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson', authorization: `Bearer ${EVENT_SECRET}` },
      body: [
        line(OTHER_SECRET, 1, bodies.event),
        line(OTHER_SECRET, 2, bodies.other),
        line(EVENT_SECRET, 3, '{"kind":"tomorrow"}'),
        'no message at all',
      ].join('\n'),
    });
  });

  function run(secret: string, ...args: string[]) {
    const env = { INGEST_DATABASE_URL: world.urls.ingest, EVENT_SECRET: secret };
    const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...args], {
      env,
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  }
  const stored = async () => (await world.admin.query('SELECT id FROM trail.audit_event')).rowCount;
  const idOf = async (body: string) =>
    String(
      (await world.admin.query<{ id: string }>('SELECT id FROM dead_letter WHERE body = $1', [body])).rows[0]
        ?.id,
    );

  it('lists the dead letters with producer and reason, and shows the message of a single one', async () => {
    const { status, stdout } = run(EVENT_SECRET, 'list');
    expect(status).toBe(0);
    expect(stdout).toContain(`${CLAIMS_PRODUCER} 1  the MAC does not verify`);
    expect(stdout).toContain('4 dead letters');
    expect(stdout).not.toContain('tomorrow');
    const one = run(EVENT_SECRET, 'list', '--id', await idOf('{"kind":"tomorrow"}'));
    expect(one.stdout).toContain('{"kind":"tomorrow"}');
    expect(one.stdout).toContain('1 dead letters');
  });

  it('stores once what can be stored now, and says how many dead letters are left', async () => {
    const { status, stdout } = run(OTHER_SECRET, 'replay');
    expect([status, await stored()]).toEqual([1, 2]);
    expect(stdout).toContain('2 of 4 dead letters stored');
    expect(run(OTHER_SECRET, 'replay').stdout).toContain('0 of 2 dead letters stored');
    expect(run(OTHER_SECRET, 'list').stdout).toContain('2 dead letters');
    expect(await stored()).toBe(2);
    const metrics = (await ask(world.url, '/metrics')).text;
    expect(metrics).toContain('\naudit_dead_letters 2\n');
  });

  it('replays a single dead letter', async () => {
    expect(run(OTHER_SECRET, 'replay', '--id', await idOf(bodies.other)).status).toBe(0);
    expect(await stored()).toBe(1);
    expect(run(OTHER_SECRET, 'list').stdout).toContain('3 dead letters');
  });

  it.each([[], ['drop'], ['list', 'replay'], ['replay', '--id', 'x']])(
    'prints its usage for the arguments %j',
    (...args) => {
      const { status, stderr } = run(EVENT_SECRET, ...args);
      expect([status, stderr]).toEqual([1, expect.stringContaining('usage: ')]);
    },
  );
});
