/** The scorecard of a plan for its staff, and what of it everybody may read. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pathTo, SCORECARD_PATH, type Scorecard } from '@patient-access/internal-api';
import { freePort, setClockBack } from '@patient-access/testing';
import { publicScorecard } from '../../src/domain/scorecard/public-scorecard.ts';
import { administer } from '../administration.ts';
import { configure } from '../configure.ts';
import { takeEvents } from '../events.ts';
import { startWorld, type World } from '../world.ts';

const CARD: Scorecard = {
  tenant: 'northwind',
  from: '2026-10-28',
  to: '2026-11-26',
  countedUntil: '2026-11-27T10:00:00.000Z',
  authorizations: {
    ended: 1000,
    succeeded: 899,
    share: 0.899,
    stopped: { atRequest: 1, atConsent: 50, afterConsent: 50 },
    failedLogins: [{ reason: 'wrong-password', count: 3 }],
  },
  refreshes: { succeeded: 12, refused: 5, share: 0.7059 },
  firstData: { agreed: 9, reached: 9, medianSeconds: 4.2, ninetyPercentSeconds: 9 },
  requests: { answered: 5000, refused: 100, failed: 52, shareNotFailed: 0.9899 },
  apps: [
    {
      client: 'diary-of-one-member',
      requests: { answered: 1, refused: 0, failed: 0, shareNotFailed: 1 },
      errors: [],
      lastReads: [],
    },
  ],
};

describe('the scorecard of a plan', () => {
  let world: World;
  let audit: Server;
  let isAway = false;
  let asked: (string | null)[] = [];
  beforeAll(async () => {
    audit = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://audit');
      if (pathname !== pathTo(SCORECARD_PATH, { tenant: 'northwind' }))
        return void response.end(JSON.stringify({ highest: 0 }));
      asked.push(searchParams.get('days'));
      response.writeHead(isAway ? 503 : 200).end(JSON.stringify(CARD));
    });
    const port = await freePort();
    await once(audit.listen(port, '127.0.0.1'), 'listening');
    world = await startWorld({ auditUrl: `http://127.0.0.1:${port}` });
  }, 60_000);
  afterAll(async () => {
    await world?.stop();
    audit?.close();
  });

  const everybody = () => fetch(`${world.url}/auth/northwind/scorecard`);

  it('is read by staff for the days that they name, and leaves its event', async () => {
    asked = [];
    const { status, body } = await administer(world, 'GET', 'northwind/scorecard?days=7');
    expect(status).toBe(200);
    expect(body).toEqual(CARD);
    expect((await administer(world, 'GET', 'northwind/scorecard')).status).toBe(200);
    expect(asked).toEqual(['7', '30']);
    expect((await administer(world, 'GET', 'northwind/scorecard?days=93')).status).toBe(400);
    expect((await administer(world, 'GET', 'nowhere/scorecard')).status).toBe(404);
    expect((await takeEvents(world)).map(({ action }) => action)).toContain('read-scorecard');
  });

  it('is nobody else’s until the plan publishes it, and then names no app and nothing of few', async () => {
    expect((await everybody()).status).toBe(404);
    await configure(world, { publishScorecard: true });
    isAway = true;
    expect((await everybody()).status).toBe(503);
    isAway = false;
    const published = await everybody();
    expect(published.status).toBe(200);
    expect(published.headers.get('access-control-allow-origin')).toBe('*');
    expect(await published.json()).toEqual({
      from: '2026-10-28',
      to: '2026-11-26',
      authorizationsThatSucceeded: 0.9,
      refreshesThatSucceeded: null,
      requestsThatDidNotFail: 0.99,
      medianSecondsToFirstData: null,
    });
    asked = [];
    await everybody();
    expect(asked).toEqual([]);
    const mend = setClockBack(3_600_000);
    await everybody().finally(mend);
    expect(asked).toEqual(['30']);
  });
});

describe('what everybody may read of a share', () => {
  const share = (succeeded: number, ended: number) =>
    publicScorecard({ ...CARD, authorizations: { ...CARD.authorizations, succeeded, ended } })
      .authorizationsThatSucceeded;

  it.each([
    [0, 0, null],
    [10, 10, null],
    [11, 11, 1],
    [5, 100, null],
    [95, 100, null],
    [89, 100, 0.89],
    [0, 100, 0],
  ])('%i of %i', (succeeded, ended, said) => expect(share(succeeded, ended)).toBe(said));
});
