/** What the log says while the database refuses all work: enough to see it, and not so much that nothing else is seen. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { createPool, type Pool } from '@patient-access/database';
import type { Logger } from '@patient-access/platform';
import { GrantEnds } from '../../src/domain/consent/end-over-grants.ts';
import { ConsentPublisher } from '../../src/domain/consent/publish-consents.ts';
import { MailWorker } from '../../src/domain/mail/mail-worker.ts';
import { startWorld, type World } from '../world.ts';

const AWAY_MS = 4_000;
/** A request, or a notice of another process, has the workers look again soon. */
const WAKE_MS = 100;

describe('while the database refuses all work', () => {
  let world: World;
  let pool: Pool;
  const lines: string[] = [];
  const logger = { warn: (_: object, message: string) => void lines.push(message) } as unknown as Logger;
  beforeAll(async () => {
    world = await startWorld();
    pool = await createPool(world.databaseUrl, { max: 4 });
    await world.db.query(`ALTER TABLE consent RENAME TO consent_away; ALTER TABLE mail RENAME TO mail_away`);
  }, 120_000);
  afterAll(async () => {
    await world?.db.query(`ALTER TABLE consent_away RENAME TO consent; ALTER TABLE mail_away RENAME TO mail`);
    await pool?.end();
    await world?.stop();
  });

  it('each worker says once what waits, however often it looks', async () => {
    const publisher = { publish: () => Promise.resolve(), close: () => Promise.resolve() };
    const transport = { close: () => undefined };
    const mailPool = await createPool(world.databaseUrl, { max: 4 });
    const workers = [
      new GrantEnds(pool, logger),
      new ConsentPublisher({ pool, publisher, logger } as never),
      new MailWorker(mailPool, { transport } as never, logger),
    ];
    for (let since = 0; since < AWAY_MS; since += WAKE_MS) {
      for (const worker of workers) worker.wake();
      await delay(WAKE_MS);
    }
    await Promise.all(workers.map((worker) => worker.stop()));
    expect(lines.sort()).toEqual(['consents wait', 'grants that are over wait for their end', 'mails wait']);
  });
});
