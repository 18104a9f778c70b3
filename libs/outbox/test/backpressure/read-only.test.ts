import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Metrics } from '@patient-access/platform';
import { waitUntil } from '@patient-access/testing';
import { OutboxMetrics } from '../../src/metrics.ts';
import { openOutbox } from '../../src/outbox.ts';
import { configFor } from '../config-for.ts';
import { newEvent, type Receiver, startReceiver, startWorld, type World } from '../world.ts';

const ROWS = 1_000;

describe('an outbox whose database takes no writes', () => {
  let world: World;
  let receiver: Receiver;
  beforeAll(async () => {
    world = await startWorld();
    receiver = await startReceiver();
  });
  afterAll(async () => {
    await receiver?.stop();
    await world?.stop();
  });

  /** As a server that its provider has set to read-only: it lets everybody in, and answers what only reads. */
  async function setReadOnly(value: 'on' | 'off'): Promise<void> {
    await world.admin.query(`ALTER ROLE claims_service SET default_transaction_read_only = ${value}`);
    await world.admin.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'claims_service'`,
    );
  }

  it('says so, and that it takes them again', async () => {
    const said: string[] = [];
    const log = { warn: (_: object, message: string) => said.push(message), error: () => undefined };
    const metrics = new Metrics();
    const config = configFor(world, receiver, ROWS);
    const outbox = await openOutbox(config, 'claims-service', log, new OutboxMetrics(metrics));
    const shows = async (value: number) => (await metrics.render()).includes(`\noutbox_read_only ${value}\n`);
    try {
      expect(await shows(0)).toBe(true);
      await setReadOnly('on');
      await waitUntil(() => shows(1), { withinMs: 20_000 });
      await expect(outbox.record(newEvent())).rejects.toMatchObject({ code: '25006' });
      await setReadOnly('off');
      await waitUntil(() => shows(0), { withinMs: 20_000 });
      await outbox.record(newEvent());
      expect(said.filter((line) => line.startsWith('the database'))).toEqual([
        'the database takes no writes: no member data',
        'the database takes writes again',
      ]);
    } finally {
      await outbox.close();
    }
  });
});
