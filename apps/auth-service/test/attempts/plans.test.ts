import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NO_PLAN } from '@patient-access/events';
import { ATTEMPTS_PATH } from '@patient-access/internal-api';
import { takeAllEvents } from '../events.ts';
import { GATEWAY_BASIC, startWorld, type World } from '../world.ts';

describe('attempts that the gateway reports are recorded', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  }, 120_000);
  afterAll(() => world?.stop());

  it('at a plan that cannot be opened, and those at others once', async () => {
    const settings = 'UPDATE tenant SET settings = $1 WHERE id = $2';
    const { rows } = await world.db.query(`SELECT settings FROM tenant WHERE id = 'lakeside'`);
    await world.db.query(settings, [{ mail: 1 }, 'lakeside']);
    await expect(world.server('lakeside')).rejects.toThrow(/mail/);
    const since = new Date().toISOString();
    const report = { address: '203.0.113.1', reason: 'not-found', outcome: '4', count: 2, since };
    const tenants = ['northwind', 'lakeside', 'nowhere'];
    try {
      const answer = await fetch(`${world.url}${ATTEMPTS_PATH}`, {
        method: 'POST',
        headers: { authorization: GATEWAY_BASIC, 'content-type': 'application/json' },
        body: JSON.stringify(tenants.map((tenant) => ({ ...report, tenant }))),
      });
      expect(answer.status).toBe(204);
    } finally {
      await world.db.query(settings, [rows[0]?.settings, 'lakeside']);
    }
    const counted = (await takeAllEvents(world)).filter(({ service }) => service === 'auth-service/gateway');
    expect(counted.map(({ tenant }) => tenant).sort()).toEqual([NO_PLAN, 'lakeside', 'northwind'].sort());
  });
});
