import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  type AccessEvent,
  batchText,
  eventSigner,
  laneOf,
  publicEventKey,
  recordOf,
  signBatch,
} from '@patient-access/events';
import { COMPILE_CACHE, newEventKey } from '@patient-access/testing';
import { runDeadLetters } from '../../src/delivery/command.ts';
import { keepHeld } from '../../src/delivery/dead-letters.ts';
import { EventsController } from '../../src/delivery/events.controller.ts';
import { asAuditor } from '../auditor-search/auditors.ts';
import { type OperatorsWorld, startOperatorsWorld } from '../operators.ts';
import { runHere } from '../run-here.ts';
import { accessEvent, asLines, CLAIMS_PRODUCER, EVENT_PUBLIC_KEYS, signerOf, type World } from '../world.ts';

const COMMAND = join(import.meta.dirname, '../../dist/dead-letters.js');
/** A key that audit-service does not know yet: its public half was not there when the service began to sign with it. */
const NEW_KEY = newEventKey();
const KEYS_WITH_NEW = JSON.stringify({
  keys: [
    ...(JSON.parse(EVENT_PUBLIC_KEYS) as { keys: unknown[] }).keys,
    publicEventKey('claims-service', NEW_KEY),
  ],
});

const BY = { sub: userInfo().username };

// Each command is a process of its own, which takes seconds to start on a busy machine.
jest.setTimeout(120_000);

describe('npm run audit:dead-letters', () => {
  let operators: OperatorsWorld;
  let world: World;
  beforeAll(async () => {
    operators = await startOperatorsWorld();
    ({ world } = operators);
  });
  afterAll(() => operators?.stop());

  const [event, other] = [recordOf(accessEvent()), recordOf(accessEvent())];
  const batch = (signer: ReturnType<typeof eventSigner>, sequence: number, text: string) => {
    const { tenant } = accessEvent();
    const records = [{ sequence, text }];
    return signBatch(signer, { producer: CLAIMS_PRODUCER, tenant, lane: laneOf(accessEvent()), records });
  };
  beforeEach(async () => {
    await world.empty();
    const [known, unknown] = [signerOf('claims-service'), eventSigner('claims-service', NEW_KEY)];
    const controller = world.app.get(EventsController);
    await controller.overKafka([batch(unknown, 1, event)]);
    await controller.overKafka([batch(unknown, 2, other)]);
    await controller.overKafka([batch(known, 3, '{"kind":"tomorrow"}')]);
    await controller.overKafka([{ unreadable: 'no batch at all' }]);
  });

  const run = (keys: string, ...args: string[]) => runWith({ EVENT_PUBLIC_KEYS: keys }, ...args);
  const runWith = (settings: Record<string, string>, ...args: string[]) =>
    runHere(() => runDeadLetters(args), { INGEST_DATABASE_URL: world.urls.ingest, ...settings });
  /** In a process of its own, as operators do. */
  const start = (...args: string[]) =>
    spawnSync(process.execPath, [COMMAND, ...args], {
      env: { ...COMPILE_CACHE, INGEST_DATABASE_URL: world.urls.ingest, EVENT_PUBLIC_KEYS },
      encoding: 'utf8',
    });
  const stored = async () => (await world.admin.query('SELECT id FROM trail.audit_event')).rowCount;
  const idOfLetter = async (record: string) =>
    String(
      (
        await world.admin.query<{ id: string }>('SELECT id FROM dead_letter WHERE position($1 IN body) > 0', [
          record,
        ])
      ).rows[0]?.id,
    );

  it('lists what there is, from whom and why; of one also the batch', async () => {
    const { status, stdout } = start('list');
    expect(status).toBe(0);
    expect(stdout).toContain(`${CLAIMS_PRODUCER}  the signature does not verify`);
    expect(stdout).toContain('4 dead letters');
    expect(stdout).not.toContain('tomorrow');
    const one = await run(EVENT_PUBLIC_KEYS, 'list', '--id', await idOfLetter('{"kind":"tomorrow"}'));
    expect(one.stdout).toContain('{"kind":"tomorrow"}');
    expect(one.stdout).toContain('1 dead letters');
  });

  const acts = async (action: string) =>
    (
      await world.admin.query<{ body: string }>(
        `SELECT body FROM outbox WHERE body::json ->> 'action' = $1 ORDER BY body::json ->> 'recorded'`,
        [action],
      )
    ).rows.map(({ body }) => JSON.parse(body) as AccessEvent);

  it('records who reads one, in the trail of the plan whose record it may be', async () => {
    const earlier = await acts('dead-letter-read');
    await run(EVENT_PUBLIC_KEYS, 'list');
    expect(await acts('dead-letter-read')).toEqual(earlier);
    const [id, nobodys] = [await idOfLetter('{"kind":"tomorrow"}'), await idOfLetter('no batch at all')];
    for (const each of [id, nobodys]) await run(EVENT_PUBLIC_KEYS, 'list', '--id', each);
    const read = { kind: 'trail', outcome: '0', user: BY };
    expect((await acts('dead-letter-read')).slice(earlier.length)).toMatchObject([
      { ...read, tenant: 'northwind', request: `audit:dead-letters list --id ${id}` },
      { ...read, tenant: 'no-plan', request: `audit:dead-letters list --id ${nobodys}` },
    ]);
    // What cannot be recorded is not shown.
    await world.admin.query('REVOKE INSERT ON outbox FROM audit_ingest');
    const { status, stdout } = await run(EVENT_PUBLIC_KEYS, 'list', '--id', id);
    await world.admin.query('GRANT INSERT ON outbox TO audit_ingest');
    expect([status, stdout]).toEqual([1, '']);
  });

  it('stores what can be stored now, once, and says what still cannot', async () => {
    const { status, stdout } = await run(KEYS_WITH_NEW, 'replay');
    expect([status, await stored()]).toEqual([1, 2]);
    expect(stdout).toContain('2 of 4 dead letters stored');
    expect((await run(KEYS_WITH_NEW, 'replay')).stdout).toContain('0 of 2 dead letters stored');
    expect((await run(KEYS_WITH_NEW, 'list')).stdout).toContain('2 dead letters');
    expect(await stored()).toBe(2);
    const metrics = await world.metrics();
    expect(metrics).toContain('\naudit_dead_letters 2\n');
  });

  it('stores one alone', async () => {
    expect((await run(KEYS_WITH_NEW, 'replay', '--id', await idOfLetter(other))).status).toBe(0);
    expect(await stored()).toBe(1);
    expect((await run(KEYS_WITH_NEW, 'list')).stdout).toContain('3 dead letters');
  });

  it('stores nothing in a trail that lacks what was signed of it outside, or of which that cannot be known', async () => {
    const { signing, folder } = operators;
    const [one, two] = [recordOf(accessEvent()), recordOf(accessEvent())];
    const unknown = eventSigner('claims-service', NEW_KEY);
    const letters = [batch(unknown, 1_001, one), batch(unknown, 1_002, two)];
    await world.app.get(EventsController).overKafka(letters);
    for (let records = 0; records < 3; records += 1) await world.deliver(asLines(accessEvent()));
    await signing.heads().sign();
    const outside = join(folder, 'checkpoints');
    writeFileSync(outside, signing.published.map(({ jws }) => `${jws}\n`).join(''));
    const settings = {
      ...{ EVENT_PUBLIC_KEYS: KEYS_WITH_NEW, AUDITOR_DATABASE_URL: world.urls.auditor },
      ...{ CHECKPOINT_PUBLIC_KEYS: operators.signersKeys(), CHECKPOINT_LOG: outside },
    };
    const replayed = async (text: string, change: Record<string, string> = {}) =>
      runWith({ ...settings, ...change }, 'replay', '--id', await idOfLetter(text));
    expect([(await replayed(one)).status, await stored()]).toEqual([0, 4]);
    const unreadable = await replayed(two, { CHECKPOINT_LOG: folder });
    expect([unreadable.status, unreadable.stderr, await stored()]).toEqual([
      1,
      expect.stringContaining('EISDIR'),
      4,
    ]);
    await operators.putBack(2);
    const cut = await replayed(two);
    expect([cut.status, await stored()]).toEqual([1, 2]);
    expect(cut.stdout).toContain('still none: the trail of northwind lacks what was signed of it\n0 of 1');
    expect(cut.stderr).toMatch(
      /^northwind: record 3 of lane \d+, which was signed outside, is not in its place\n$/,
    );
    expect((await run(KEYS_WITH_NEW, 'list')).stdout).toContain('5 dead letters');
    // What audit-service held may not be appended because somebody has left out the settings.
    const held = recordOf(accessEvent());
    await keepHeld(signing.pool, [batch(signerOf('claims-service'), 1_003, held)]);
    const id = await idOfLetter(held);
    const blind = await run(KEYS_WITH_NEW, 'replay', '--id', id);
    expect([blind.status, await stored()]).toEqual([1, 2]);
    expect(blind.stdout).toContain(`${id}  still none: its plan was held, and without CHECKPOINT_LOG`);
  });

  it('stores what can be stored now of one batch, and what still cannot waits in its place', async () => {
    const records = [event, '{"kind":"next year"}'].map((text, at) => ({ sequence: at + 11, text }));
    const { tenant } = accessEvent();
    const place = { producer: CLAIMS_PRODUCER, tenant, lane: laneOf(accessEvent()) };
    const body = batchText(signBatch(signerOf('claims-service'), { ...place, records }));
    const { rows } = await world.admin.query<{ id: string }>(
      `INSERT INTO dead_letter (reason, body, producer, digest) VALUES ('11: unknown; 12: unknown', $1, $2, '') RETURNING id`,
      [body, CLAIMS_PRODUCER],
    );
    const first = rows[0]?.id ?? '';
    const replayed = await run(EVENT_PUBLIC_KEYS, 'replay', '--id', first);
    expect([replayed.status, await stored()]).toEqual([1, 1]);
    expect(replayed.stdout).toContain(`${first}  still none: 12: `);
    const { stdout } = await run(EVENT_PUBLIC_KEYS, 'list');
    expect(stdout).toContain('5 dead letters');
    expect(stdout).not.toMatch(new RegExp(`^${first}  `, 'm'));
    const [, second = ''] = /^(\d+)  .*  12: /m.exec(stdout) ?? [];
    expect((await run(EVENT_PUBLIC_KEYS, 'replay', '--id', second)).stdout).toContain(
      `${second}  still none: 12: `,
    );
    expect((await run(EVENT_PUBLIC_KEYS, 'list')).stdout).toContain('5 dead letters');
  });

  it('ends the waiting of one that can never be stored: files no longer count it, and the trail says who closed it and why', async () => {
    const missing = async () => {
      // A credential holds for seconds, and a command takes as long.
      const auditor = await asAuditor(world, 'northwind', '/internal/console');
      const { text } = await auditor('events.csv?patient=anna&from=2026-01-01&to=2026-12-31');
      return /NOT ALL: (\d+) dead letters? waits?,/.exec(text)?.[1] ?? text;
    };
    expect(await missing()).toBe('4');
    const earlier = await acts('dead-letter-close');
    const id = await idOfLetter('{"kind":"tomorrow"}');
    const close = (...args: string[]) => run(KEYS_WITH_NEW, 'close', '--id', id, '--reason', ...args);
    const { status, stdout } = await close('a test of the supplier, ticket 7');
    expect([status, stdout]).toEqual([0, `${id}  closed\n`]);
    expect(await missing()).toBe('3');
    expect(await world.metrics()).toContain('\naudit_dead_letters 3\n');
    // It is neither delivered again, nor waits again when it comes once more.
    expect((await run(KEYS_WITH_NEW, 'replay', '--id', id)).stdout).toBe('0 of 0 dead letters stored\n');
    await world.app
      .get(EventsController)
      .overKafka([batch(signerOf('claims-service'), 3, '{"kind":"tomorrow"}')]);
    expect(await missing()).toBe('3');
    const again = await close('once more');
    expect([again.status, again.stderr]).toEqual([1, `no dead letter ${id} waits\n`]);
    const said = (await acts('dead-letter-close')).slice(earlier.length);
    expect(said).toMatchObject([{ kind: 'trail', outcome: '0', tenant: 'northwind', user: BY }]);
    expect(said[0]?.request?.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/, '(time)')).toBe(
      `audit:dead-letters close --id ${id} (from ${CLAIMS_PRODUCER}, received (time)): a test of the supplier, ticket 7`,
    );
  });

  it.each([
    ['close', '--id', '1'],
    ['close', '--reason', 'x'],
    ['list', '--reason', 'x'],
    [],
    ['drop'],
    ['list', 'replay'],
    ['replay', '--id', 'x'],
  ])('does not guess: %j', async (...args) => {
    const { status, stderr } = await run(EVENT_PUBLIC_KEYS, ...args);
    expect([status, stderr]).toEqual([1, expect.stringContaining('usage: ')]);
  });
});
