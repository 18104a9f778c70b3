/** audit-service starts on a trail that was cut, put back, or is whole; with a file outside, brokers that are away, or nothing. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { acceptTextBodies } from '@patient-access/fhir-store';
import { HELD_PLANS_HEADER } from '@patient-access/internal-api';
import { createLogger, createService, METRICS, type Metrics } from '@patient-access/platform';
import { waitUntil } from '@patient-access/testing';
import { auditModule, MAX_DELIVERY_BYTES } from '../../src/audit.module.ts';
import type { Checkpoint } from '../../src/checkpoints/checkpoint.ts';
import { publicHalfOf } from '../../src/command/keys.ts';
import { startMaintenance } from '../../src/maintenance.ts';
import { recordRestore } from '../../src/restores/record-restore.ts';
import type { RestoreRecord } from '../../src/restores/restore-record.ts';
import { mountedCheckpointKey } from '../checkpoint-key.ts';
import type { Signing } from '../checkpoints.ts';
import { type OperatorsWorld, startOperatorsWorld } from '../operators.ts';
import { accessEvent, asLines, batchesOf, sendTo, SIGNING_KEY, type World } from '../world.ts';

const TENANT = 'northwind';
const OPERATORS = mountedCheckpointKey();
const PUBLIC_URL = 'https://plan.example';
/** On a busy machine. */
const KNOWN_MS = 60_000;
/** Of a broken chain, and long after what was cut. */
const GROWN = 9;
const DAY_MS = 86_400_000;

let operators: OperatorsWorld;
let world: World;
let signing: Signing;
beforeAll(async () => {
  operators = await startOperatorsWorld();
  ({ world, signing } = operators);
});
afterAll(() => operators?.stop());
afterEach(async () => {
  await world.empty();
  signing.published.length = 0;
  signing.broken.length = 0;
});

const events = (count: number, tenant = TENANT) =>
  Array.from({ length: count }, () => accessEvent({ tenant }));
const cutTo = (records: number) => operators.putBack(records);
const storedOf = async (tenant: string) =>
  (await world.admin.query('SELECT FROM trail.audit_event WHERE tenant = $1', [tenant])).rowCount;

describe('a start of the service', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'patient-access-start-'));
    file = join(folder, 'checkpoints');
  });
  const running = new Set<{ stop(): Promise<void> }>();
  afterEach(async () => {
    for (const service of running) await service.stop();
    rmSync(folder, { recursive: true });
  });

  /** The service with its background work, as main.ts starts it. */
  async function started(change: object) {
    const config = { ...world.config, RESTORE_PUBLIC_KEYS: publicHalfOf(OPERATORS), ...change };
    const logger = createLogger('audit-service', 'silent');
    const maintenance = await startMaintenance(config, logger);
    const app = await createService(await auditModule(config, logger, maintenance), logger, {
      publicUrl: PUBLIC_URL,
    });
    await acceptTextBodies(app, MAX_DELIVERY_BYTES);
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    const service = {
      known: () => waitUntil(() => maintenance.start.isKnown, { withinMs: KNOWN_MS }),
      deliver: async (...of: ReturnType<typeof events>) =>
        (await sendTo(url, batchesOf(asLines(...of)))).status,
      /** @returns the plans that it names, of which it took nothing */
      heldOf: async (...of: ReturnType<typeof events>) => {
        const { status, headers } = await sendTo(url, batchesOf(asLines(...of)));
        return [status, headers[HELD_PLANS_HEADER]];
      },
      metrics: () => app.get<Metrics>(METRICS, { strict: false }).render(),
      problems: () => maintenance.chains.of(TENANT).problems,
      /** It signs once more at its end. */
      stop: () => {
        running.delete(service);
        return app.close();
      },
    };
    running.add(service);
    return service;
  }
  /** How many statements about a plan are outside. */
  const statementsOf = (tenant: string) =>
    readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .filter((line) => Buffer.from(line.split('.')[1] ?? '', 'base64url').includes(`"${tenant}"`)).length;

  it('appends nothing to a plan that was cut, and signs nothing of it, until the operators sign that it was restored', async () => {
    let service = await started({ CHECKPOINT_LOG: file });
    await service.known();
    expect(await service.deliver(...events(5), ...events(2, 'lakeside'))).toBe(204);
    expect(await service.deliver(...events(7))).toBe(204);
    await service.stop();
    const [signed, ofOther] = [statementsOf(TENANT), statementsOf('lakeside')];
    expect([signed > 0, ofOther > 0]).toEqual([true, true]);
    await cutTo(5);

    service = await started({ CHECKPOINT_LOG: file });
    await service.known();
    const waiting = events(GROWN);
    expect(await service.heldOf(...waiting, ...events(1, 'lakeside'))).toEqual([503, TENANT]);
    expect([await storedOf(TENANT), await storedOf('lakeside')]).toEqual([5, 3]);
    expect(await service.metrics()).toContain('audit_chain_broken{tenant="northwind"} 1');
    expect(service.problems()).toContain('the trail lacks what was signed of it, and takes no events');
    await service.stop();
    // The other plan alone has a new one.
    expect([statementsOf(TENANT), statementsOf('lakeside') > ofOther]).toEqual([signed, true]);

    const restore = operators.audit(
      [
        ...['restore', '--tenant', TENANT, '--reason', 'the disk was lost', '--restore-key', '-'],
        ...['--checkpoints', file, '--keys', keysFile()],
      ],
      { CHECKPOINT_LOG: file, input: OPERATORS },
    );
    expect([restore.status, restore.stderr]).toEqual([0, expect.any(String)]);
    service = await started({ CHECKPOINT_LOG: file });
    await service.known();
    expect(await service.deliver(...waiting)).toBe(204);
    expect(await service.metrics()).not.toContain('audit_chain_broken{tenant="northwind"} 1');
    await service.stop();
    expect(await storedOf(TENANT)).toBe(5 + GROWN);
    // The operators' statement, and what audit-service signed after it.
    expect(statementsOf(TENANT)).toBeGreaterThan(signed + 1);
  }, 120_000);

  const keysFile = () => {
    const keys = join(folder, 'keys');
    writeFileSync(keys, publicHalfOf(SIGNING_KEY));
    return keys;
  };

  it('appends nothing while the brokers are away that have what was signed', async () => {
    const service = await started({ KAFKA_BROKERS: ['127.0.0.1:9'] });
    // Nothing is known of any plan, so the sender keeps all.
    expect(await service.heldOf(...events(1))).toEqual([503, undefined]);
    expect(await storedOf(TENANT)).toBe(0);
    await service.stop();
  });

  it('waits for nothing where nothing is kept outside', async () => {
    const service = await started({});
    expect(await service.deliver(...events(1))).toBe(204);
    await service.stop();
  });
});

describe('what is known outside', () => {
  const outside = (checkpoints: readonly Checkpoint[], restores: readonly RestoreRecord[] = []) =>
    signing.startCheck(() => Promise.resolve({ checkpoints: [...checkpoints], restores: [...restores] }));
  const looked = async (...given: Parameters<typeof outside>) => {
    const check = outside(...given);
    await check.look();
    return check;
  };
  const deliver = (count: number, tenant = TENANT) => world.deliver(asLines(...events(count, tenant)));
  /** Signs while the clock is a day ahead. */
  function signAhead(heads: ReturnType<typeof signing.heads>) {
    jest.useFakeTimers({
      now: Date.now() + DAY_MS,
      doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'clearTimeout', 'queueMicrotask'],
    });
    return heads.sign().finally(() => jest.useRealTimers());
  }

  it('is compared by each replica, and lets through a plan that is whole, has grown, or is new', async () => {
    await deliver(5);
    await signing.heads().sign();
    await deliver(2);
    await deliver(2, 'lakeside');
    const [one, other] = [await looked(signing.published), await looked(signing.published)];
    for (const check of [one, other])
      expect([check.held, check.refusal(TENANT), check.refusal('lakeside')]).toEqual([
        [],
        undefined,
        undefined,
      ]);
    expect(await signing.heads(signing.signer, one).sign()).toBe(2);
    await deliver(1);
    expect(await signing.heads(signing.signer, other).sign()).toBe(1);
  });

  it.each([
    ['the records with their end and the copies of checkpoints', () => cutTo(3)],
    ['the end of the lane alone', () => operators.tamper('UPDATE trail.chain_head SET seq = 3')],
    ['all that there is of the plan', () => world.empty()],
    [
      'the record that was signed, for another one',
      () => operators.tamper('UPDATE trail.audit_event SET hash = sha256(hash) WHERE seq = 5'),
    ],
  ])('holds a plan of which somebody took away %s', async (_what, change) => {
    await deliver(3);
    await deliver(2);
    await signing.heads().sign();
    await change();
    const check = await looked(signing.published);
    expect(check.held).toEqual([TENANT]);
    expect(check.refusal(TENANT)).toContain('lacks what was signed');
    expect(check.refusal('lakeside')).toBeUndefined();
    expect(await signing.heads(signing.signer, check).sign()).toBe(0);
  });

  it('goes by the newest statement: a restore, and then what was signed after it', async () => {
    await deliver(5);
    await signing.heads().sign();
    await deliver(7);
    await signing.heads().sign();
    await cutTo(5);
    const said: RestoreRecord[] = [];
    const publish = (record: RestoreRecord) => Promise.resolve(void said.push(record));
    const { records, signer, published } = signing;
    const means = { owner: operators.owner, records, key: OPERATORS, publish, checkpointKeys: signer.keys };
    const told = { tenant: TENANT, reason: 'the disk was lost', by: 'ada' };
    await recordRestore(means, told, { checkpoints: published, restores: [] });
    const check = await looked(published, said);
    expect(check.held).toEqual([]);
    await deliver(2);
    expect(await signing.heads(signer, check).sign()).toBe(1);
    expect((await looked(published, said)).held).toEqual([]);
    await cutTo(5);
    expect((await looked(published, said)).held).toEqual([TENANT]);
  });

  it('is compared to its end also where an earlier part was signed while a clock was ahead', async () => {
    await deliver(3);
    await signAhead(signing.heads());
    await deliver(2);
    await signing.heads().sign();
    expect((await looked(signing.published)).held).toEqual([]);
    await cutTo(3);
    expect((await looked(signing.published)).held).toEqual([TENANT]);
  });

  it('is what the signer goes by, however long after the start a quiet plan is cut', async () => {
    await deliver(3);
    await deliver(2);
    await signing.heads().sign();
    const check = await looked(signing.published);
    await cutTo(3);
    await deliver(1);
    expect(await signing.heads(signing.signer, check).sign()).toBe(0);
    expect(signing.broken).toEqual([[TENANT, expect.any(Number), 5]]);
  });

  it('is known of what another replica has signed too, however long after its start', async () => {
    const [one, other] = [signing.heads(), signing.heads()];
    await deliver(3);
    for (const replica of [one, other]) await replica.sign();
    await deliver(2);
    for (const replica of [one, other]) await replica.sign();
    // With the copies.
    await cutTo(3);
    await deliver(1);
    expect([await other.sign(), other.brokenTenants]).toEqual([0, [TENANT]]);
  });

  it('is known of what another replica has signed since a clock was ahead', async () => {
    const [one, other] = [signing.heads(), signing.heads()];
    await deliver(3);
    await signAhead(one);
    await other.sign();
    await deliver(2);
    for (const replica of [one, other]) await replica.sign();
    await cutTo(3);
    await deliver(1);
    expect([await other.sign(), other.brokenTenants]).toEqual([0, [TENANT]]);
  });

  it('is waited for while it cannot be read, and a plan that is held goes on when it is whole again', async () => {
    await deliver(5);
    await signing.heads().sign();
    const failing = { away: true };
    const check = signing.startCheck(() =>
      failing.away
        ? Promise.reject(new Error('the brokers are away'))
        : Promise.resolve({ checkpoints: signing.published, restores: [] }),
    );
    await expect(check.look()).rejects.toThrow('away');
    expect([check.isKnown, check.refusal(TENANT)]).toEqual([false, expect.any(String)]);
    await deliver(1);
    expect(await signing.heads(signing.signer, check).sign()).toBe(0);
    failing.away = false;
    await operators.tamper('UPDATE trail.chain_head SET seq = seq - 2');
    await check.look();
    expect(check.held).toEqual([TENANT]);
    await operators.tamper('UPDATE trail.chain_head SET seq = seq + 2');
    await check.look();
    expect(check.held).toEqual([]);
    expect(await signing.heads(signing.signer, check).sign()).toBe(1);
  });
});
