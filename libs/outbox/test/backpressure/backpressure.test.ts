import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Metrics } from '@patient-access/platform';
import { waitUntil } from '@patient-access/testing';
import type pg from 'pg';
import { Backpressure } from '../../src/backpressure.ts';
import { OutboxMetrics } from '../../src/metrics.ts';
import { openOutbox } from '../../src/outbox.ts';
import { configFor } from '../config-for.ts';
import { fillOutbox, newEvent, type Receiver, startReceiver, startWorld, type World } from '../world.ts';

const MAX_ROWS = 1_000;

describe('an outbox with a limit', () => {
  let world: World;
  let receiver: Receiver;
  beforeAll(async () => {
    world = await startWorld();
    receiver = await startReceiver();
    receiver.answer = (response) => response.writeHead(503).end();
  });
  afterAll(async () => {
    await receiver?.stop();
    await world?.stop();
  });

  const forget = (rows: number) =>
    world.admin.query('DELETE FROM outbox WHERE ctid IN (SELECT ctid FROM outbox LIMIT $1)', [rows]);

  it('is full at 90 %, has room again at 80 %, and records events all the time', async () => {
    const said: string[] = [];
    const log = { warn: (_fields: object, message: string) => said.push(message), error: () => undefined };
    const metrics = new Metrics();
    await fillOutbox(world, 898);
    const outbox = await openOutbox(
      configFor(world, receiver, MAX_ROWS),
      'claims-service',
      log,
      new OutboxMetrics(metrics),
    );
    try {
      expect(outbox.isFull()).toBe(false);
      await fillOutbox(world, 10);
      await waitUntil(() => outbox.isFull());
      // Logins and revocations record their events even when the outbox is full.
      await outbox.record(newEvent());
      expect(await metrics.render()).toContain('\noutbox_full 1\n');
      await forget(50);
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      expect(outbox.isFull()).toBe(true);
      await forget(100);
      await waitUntil(() => !outbox.isFull());
      expect(said.filter((line) => line.startsWith('the outbox'))).toEqual([
        'the outbox is full: no member data',
        'the outbox has room again',
      ]);
      const shown = await metrics.render();
      expect(shown).toMatch(/^# TYPE outbox_depth_rows gauge\noutbox_depth_rows 759$/m);
      expect(Number(/^outbox_oldest_age_seconds (.+)$/m.exec(shown)?.[1])).toBeGreaterThan(1);
      expect(Number(/^outbox_failures_total (.+)$/m.exec(shown)?.[1])).toBeGreaterThan(0);
    } finally {
      await outbox.close();
    }
  });

  it('counts again soon after a count that had to wait', async () => {
    await forget(MAX_ROWS);
    let counts = 0;
    /** A count that takes three seconds, as when somebody has a lock. Twenty times that would be a minute. */
    const query = async (statement: pg.QueryConfig) => {
      counts += 1;
      const answer = await world.pool.query(statement);
      if (counts === 2) await new Promise((resolve) => setTimeout(resolve, 3_000));
      return answer;
    };
    const told = { onChange: () => undefined, onReadOnly: () => undefined, onRows: () => undefined };
    const backpressure = new Backpressure({ query } as unknown as pg.Pool, MAX_ROWS, told);
    await backpressure.start();
    await waitUntil(() => counts === 2);
    await fillOutbox(world, MAX_ROWS);
    await waitUntil(() => counts > 2 && backpressure.full, { withinMs: 20_000 });
    backpressure.stop();
  }, 60_000);

  it('counts its rows before it takes the first event after a start', async () => {
    await fillOutbox(world, 500);
    const log = { warn: () => undefined, error: () => undefined };
    const outbox = await openOutbox(
      configFor(world, receiver, MAX_ROWS),
      'claims-service',
      log,
      new OutboxMetrics(new Metrics()),
    );
    expect(outbox.isFull()).toBe(true);
    await outbox.close();
  });
});
