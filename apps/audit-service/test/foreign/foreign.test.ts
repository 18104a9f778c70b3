/** Records that another service should have written: they stay one problem until the operators sign that they know of them. */
import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPool, type Pool } from '@patient-access/database';
import { eventKeys, eventOf, laneOf, recordHash, recordOf, signBatch } from '@patient-access/events';
import { createLogger, Metrics } from '@patient-access/platform';
import { waitUntil } from '@patient-access/testing';
import type pg from 'pg';
import { publicHalfOf } from '../../src/command/keys.ts';
import { acknowledge } from '../../src/foreign/acknowledge.ts';
import type { Acknowledgement, KnownRecord } from '../../src/foreign/acknowledgement.ts';
import { newForeignRecords } from '../../src/foreign/new-foreign-records.ts';
import { startMaintenance } from '../../src/maintenance.ts';
import { dropMonths } from '../../src/retention/drop.ts';
import { storeBatch } from '../../src/store-events.ts';
import { ContinuousVerifier } from '../../src/verify/continuous-verifier.ts';
import { exportTenant, verifyExport } from '../../src/verify/export.ts';
import { readOutside } from '../../src/verify/outside.ts';
import { verifyTenant } from '../../src/verify/verify.ts';
import { mountedCheckpointKey } from '../checkpoint-key.ts';
import type { Signing } from '../checkpoints.ts';
import { type OperatorsWorld, startOperatorsWorld } from '../operators.ts';
import { accessEvent, asLines, EVENT_PUBLIC_KEYS, signerOf, type World } from '../world.ts';

const TENANT = 'northwind';
const LANE = laneOf({ tenant: TENANT, member: 'anna' });
const OPERATORS = mountedCheckpointKey();
const TAKEN_OVER = 'claims-service/5f3c2a10-0000-4000-8000-00000000000f';
const SEVEN_YEARS_ON = new Date(Date.now() + 7 * 366 * 86_400_000);

describe('a foreign record', () => {
  let operators: OperatorsWorld;
  let world: World;
  let signing: Signing;
  let owner: pg.Client;
  let ingest: Pool;
  let folder: string;
  let outside: string;
  let number = 0;
  beforeAll(async () => {
    operators = await startOperatorsWorld();
    ({ world, signing, owner, folder } = operators);
    ingest = await createPool(world.urls.ingest, { max: 1 });
    outside = join(folder, 'checkpoints');
  });
  afterAll(async () => {
    await ingest?.end();
    await operators?.stop();
  });

  /** As audit-service would store it, if it did not look. */
  async function storeForeign(): Promise<void> {
    const text = recordOf(accessEvent({ service: 'claims-service', kind: 'consent', action: 'revoke' }));
    const event = eventOf(text);
    const hash = recordHash(text);
    const record = { sequence: (number += 1), text };
    const place = { producer: TAKEN_OVER, tenant: TENANT, lane: laneOf(event) };
    const batch = signBatch(signerOf('claims-service'), { ...place, records: [record] });
    await storeBatch(ingest, { batch, hashes: [hash], records: [{ ...record, hash, event }] });
  }

  const keysWith = (acknowledgements: readonly Acknowledgement[] = []) => ({
    checkpoints: signing.signer.keys,
    events: eventKeys(EVENT_PUBLIC_KEYS),
    acknowledgements,
  });
  const told = { tenant: TENANT, reason: 'ticket 17: the key was taken over', by: 'ada' };
  /** what was said of records in no chain */
  const beside: string[] = [];
  const judged = (known: readonly Acknowledgement[] = []) => ({
    ...{ records: signing.records, keys: keysWith(known), published: signing.published },
    onBeside: (what: string) => void beside.push(what),
  });
  /** Signs for these, or for all that the operators are shown. */
  async function sign(
    known: readonly Acknowledgement[] = [],
    named?: readonly KnownRecord[],
    publish = ({ jws }: Acknowledgement) => Promise.resolve(appendFileSync(outside, `${jws}\n`)),
  ): Promise<Acknowledgement> {
    const shown = named ?? (await newForeignRecords(judged(known), TENANT));
    return acknowledge({ ...judged(known), owner, key: OPERATORS, publish }, told, shown);
  }
  const acts = async () =>
    (
      await world.admin.query<{ event: object }>(
        "SELECT body::json AS event FROM outbox WHERE body::json ->> 'action' = 'acknowledge'",
      )
    ).rows.map(({ event }) => event);
  const verdict = (acknowledgements: readonly Acknowledgement[] = []) =>
    verifyTenant(signing.records, TENANT, keysWith(acknowledgements));
  /** what drops said of trails that do not verify */
  const broken: string[] = [];
  const drop = (acknowledgements: readonly Acknowledgement[]) => {
    const keys = keysWith(acknowledgements);
    const onBroken = (what: string) => void broken.push(what);
    return dropMonths({ ...signing, owner, keys, by: 'ada', onBroken }, SEVEN_YEARS_ON);
  };

  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  /** As it is typed, where checkpoints are kept in a file. */
  function audit(words: readonly string[], input?: string) {
    const byWhom = [
      ...['--checkpoints', outside, '--keys', file('keys.pem', operators.signersKeys())],
      ...['--event-keys', file('events.jwks', EVENT_PUBLIC_KEYS)],
    ];
    return operators.audit([...words, ...byWhom], {
      CHECKPOINT_LOG: outside,
      ...(input !== undefined && { input }),
    });
  }

  const OF_PLAN = ['--tenant', TENANT];

  /** Two records, a foreign one, and two more. */
  beforeEach(async () => {
    await world.empty();
    await world.admin.query('DELETE FROM outbox');
    signing.published.length = 0;
    broken.length = 0;
    beside.length = 0;
    writeFileSync(outside, '');
    await world.deliver(asLines(accessEvent(), accessEvent()));
    await storeForeign();
    await world.deliver(asLines(accessEvent(), accessEvent()));
    await signing.heads().sign();
  });

  it('is passed over when the operators have signed for it, and every verification says so', async () => {
    expect((await verdict()).problem).toMatchObject({ lane: LANE, seq: 3, kind: 'foreign' });
    const signed = await sign();
    const known = [{ lane: LANE, seq: 3, by: 'ada', reason: told.reason }];
    expect(await verdict([signed])).toMatchObject({ records: 5, acknowledged: known });
    expect(await verdict([signed])).not.toHaveProperty('problem');
    const lines: string[] = [];
    for await (const line of exportTenant(signing.records, TENANT, keysWith())) lines.push(`${line}\n`);
    expect(await verifyExport(Readable.from(lines), keysWith([signed]))).toMatchObject({
      acknowledged: known,
    });
    const keys = { checkpoints: signing.signer.keys, events: eventKeys(EVENT_PUBLIC_KEYS) };
    const walk = async (pem: string) => {
      const read = () => readOutside(outside, signing.signer.keys, pem);
      const verifier = new ContinuousVerifier(signing.records, keys, () => undefined, read);
      while (!(await verifier.verifyNext(1_000)));
      return verifier.problems.map(({ kind }) => kind);
    };
    expect(await walk(publicHalfOf(OPERATORS))).toEqual([]);
    expect(await walk(publicHalfOf(mountedCheckpointKey()))).toEqual(['foreign']);
  });

  it('is named by the command, with an exit code that is not the one of a trail without such a record', async () => {
    const believed = ['--restore-keys', file('operators.pem', publicHalfOf(OPERATORS))];
    const shown = audit(['acknowledge', ...OF_PLAN, ...believed]);
    expect([shown.stderr, shown.status]).toEqual(['', 0]);
    const what = { service: 'claims-service', kind: 'consent', act: 'revoke' };
    expect(JSON.parse(shown.stdout)).toEqual([
      { tenant: TENANT, lane: LANE, seq: 3, ...what, id: expect.any(String), hash: expect.any(String) },
    ]);
    expect(readFileSync(outside, 'utf8')).toBe('');
    const named = ['acknowledge', ...OF_PLAN, '--records', file('records.json', shown.stdout)];
    const said = audit([...named, '--reason', 'ticket 17', '--restore-key', '-'], OPERATORS);
    expect([said.stderr, said.status]).toEqual(['', 0]);
    const { status, stdout } = audit(['verify', ...OF_PLAN, ...believed]);
    expect([status, stdout]).toEqual([
      3,
      expect.stringMatching(
        /^FOREIGN {3}northwind: record 3 of lane \d+, AuditEvent\/.*: ticket 17\nok {4}northwind: 5/,
      ),
    ]);
    expect(audit([...named, '--reason', 'again', '--restore-key', '-'], OPERATORS).stderr).toContain(
      'is no foreign record with this hash that waits for it',
    );
  });

  it('is no problem of the service any more, once the file of statements that it is given has the operators’', async () => {
    const statements = join(folder, 'statements');
    const operators = publicHalfOf(OPERATORS);
    const given = { OPERATOR_STATEMENTS: statements, RESTORE_PUBLIC_KEYS: operators };
    const maintenance = await startMaintenance(
      { ...world.config, ...given },
      createLogger('audit', 'silent'),
    );
    const metrics = new Metrics();
    maintenance.report(metrics);
    try {
      const broken = async () =>
        (await metrics.render()).includes(`audit_chain_broken{tenant="${TENANT}"} 1`);
      await waitUntil(broken, { failure: () => 'the service does not find it' });
      await sign();
      const said = audit(['statements', '--restore-keys', file('operators.pem', operators)]);
      expect([said.stderr, said.status, said.stdout]).toEqual(['', 0, readFileSync(outside, 'utf8')]);
      // As a kubelet does it: another file takes the place of the one before.
      renameSync(file('new', said.stdout), statements);
      await waitUntil(async () => !(await broken()), { withinMs: 30_000, failure: () => 'it stays' });
    } finally {
      await maintenance.stop();
    }
  });

  it('is known by its hash: what comes later, and what is put in its place, is a problem again', async () => {
    const shown = await newForeignRecords(judged(), TENANT);
    await storeForeign();
    const signed = await sign([], shown);
    expect(signed.acknowledged.map(({ seq }) => seq)).toEqual([3]);
    expect((await verdict([signed])).problem).toMatchObject({ seq: 6, kind: 'foreign' });
    const more = await sign([signed]);
    expect(more.acknowledged.map(({ seq }) => seq)).toEqual([6]);
    expect(await verdict([signed, more])).not.toHaveProperty('problem');
    const [record] = signed.acknowledged;
    const other = { ...signed, acknowledged: [{ ...record, hash: '0'.repeat(64) }] } as Acknowledgement;
    expect((await verdict([other, more])).problem).toMatchObject({ seq: 3, kind: 'foreign' });
  });

  it('is signed for only by its hash, and when it is shown', async () => {
    const [record] = await newForeignRecords(judged(), TENANT);
    const other = { ...record, hash: '0'.repeat(64) } as KnownRecord;
    await expect(sign([], [record as KnownRecord, other])).rejects.toThrow(
      /record 3 of lane \d+ is no foreign/,
    );
    await expect(sign([], [{ ...other, seq: 2 }])).rejects.toThrow(/record 2 of lane \d+ is no foreign/);
    expect([readFileSync(outside, 'utf8'), await acts()]).toEqual(['', []]);
  });

  it('leaves its event before the statement is published', async () => {
    await expect(sign([], undefined, () => Promise.reject(new Error('nowhere')))).rejects.toThrow('nowhere');
    expect(await acts()).toHaveLength(1);
    await sign();
    expect(await acts()).toHaveLength(2);
  });

  const asSuperuser = (sql: string) =>
    world.admin.query(`BEGIN; SET LOCAL session_replication_role = replica; ${sql}; COMMIT`);

  it.each([
    [
      'a record that was changed',
      "UPDATE trail.audit_event SET outcome = '8' WHERE seq = 2",
      /2 of lane \d+ is columns/,
    ],
    ['a tail that was cut', 'DELETE FROM trail.audit_event WHERE seq > 3', /4 of lane \d+ is (cut|removed)/],
    [
      'an end that only checkpoints outside know',
      `DELETE FROM trail.audit_event WHERE seq > 3; DELETE FROM trail.batch WHERE from_seq > 3;
       DELETE FROM trail.checkpoint; UPDATE trail.chain_head h SET seq = e.seq, hash = e.hash
         FROM trail.audit_event e WHERE e.seq = 3 AND e.lane = h.lane AND e.tenant = h.tenant`,
      /4 of lane \d+ is cut/,
    ],
  ])('is not signed for in a trail with another problem: %s', async (_, sql, problem) => {
    await asSuperuser(sql);
    await expect(sign()).rejects.toThrow(problem);
    expect(await acts()).toEqual([]);
  });

  it('is signed for beside a record in no chain, which goes on being named and stays when the month goes', async () => {
    await asSuperuser(
      `INSERT INTO trail.audit_event (tenant, lane, seq, number, stored, recorded, disclosed, id, producer, member, kind, act,
              outcome, service, terms, hash, record)
       SELECT tenant, lane, seq + 50, number, stored, recorded, disclosed, 'forged', producer, member, kind, act, outcome,
              service, terms, hash, record FROM trail.audit_event WHERE tenant = 'northwind' AND seq = 1`,
    );
    const signed = await sign();
    const named = expect.stringMatching(/^record 51 of lane \d+, AuditEvent\/forged, is in no chain: /);
    expect(beside).toEqual([named, named]);
    expect((await verdict([signed])).problem).toMatchObject({ seq: 51, kind: 'surplus', id: 'forged' });
    expect(await drop([signed])).toHaveLength(1);
    expect((await world.admin.query('SELECT id FROM trail.audit_event')).rows).toEqual([{ id: 'forged' }]);
  });

  it('keeps its month until it is known, and then goes with it; the trail says who signed for it', async () => {
    await world.deliver(asLines(accessEvent({ tenant: 'lakeside' })));
    await signing.heads().sign();
    const keepers = [expect.stringMatching(/^northwind keeps its trail: record 3 of lane \d+ is foreign$/)];
    // It is told of when it is found, whatever comes then.
    signing.publisher.failing = true;
    await expect(drop([])).rejects.toThrow('nowhere');
    signing.publisher.failing = false;
    expect(broken.splice(0)).toEqual(keepers);
    const [month, ...more] = await drop([]);
    expect([month?.going.map(({ tenant }) => tenant), more, broken]).toEqual([['lakeside'], [], keepers]);
    const signed = await sign();
    expect((await acts()).at(-1)).toMatchObject({ kind: 'trail', count: 1, user: { sub: 'ada' } });
    expect(await drop([signed])).toHaveLength(1);
    expect((await world.admin.query('SELECT FROM trail.audit_event')).rowCount).toBe(0);
    expect(await verdict()).not.toHaveProperty('problem');
  });
});
