/** How fresh a plan's data is, on the page of connected apps and for staff. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FeedFreshness } from '@patient-access/internal-api';
import { administer } from '../administration.ts';
import { takeAllEvents } from '../events.ts';
import { startWorld, tenantOf, type World } from '../world.ts';
import { openApps, wordsOf } from './member.ts';

const feed = (type: string, asOf: string | null, more: Partial<FeedFreshness> = {}): FeedFreshness => ({
  ...{ type, asOf, newest: null, everySeconds: null, expectedSince: null, last: null, carriedAt: asOf },
  ...{ records: null, usual: null, late: false, small: false, ...more },
});
const DAY = { everySeconds: 86_400 };
const FEEDS = [
  feed('Coverage', '2026-05-03T12:00:00.000Z'),
  feed('ExplanationOfBenefit', '2026-05-03T12:00:00.000Z', DAY),
  feed('Claim', '2026-05-01T12:00:00.000Z', { ...DAY, late: true }),
  feed('ClaimResponse', '2020-01-01T12:00:00.000Z'),
  feed('Condition', null, DAY),
];

interface Asked {
  tenant: string;
  scope: string;
  patient?: string;
}

/** A data service as the contract has it. libs/fhir-store shows that ours answer so. */
class DataService {
  answers = true;
  readonly asked: Asked[] = [];
  private readonly server: Server;

  constructor(feeds: FeedFreshness[]) {
    this.server = createServer(({ headers, url }, response) => {
      const [, payload = ''] = (headers.authorization ?? '').split('.');
      const jwt = Buffer.from(payload, 'base64url').toString();
      this.asked.push((JSON.parse(jwt) as { token_introspection: Asked }).token_introspection);
      const isKnown = this.answers && url === '/internal/freshness/northwind';
      response.writeHead(isKnown ? 200 : 503).end(JSON.stringify({ feeds }));
    });
  }

  async start(): Promise<void> {
    await once(this.server.listen(0, '127.0.0.1'), 'listening');
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.close();
  }
}

describe('how fresh the data is', () => {
  let world: World;
  const claims = new DataService(FEEDS);
  const others = new DataService([]);
  beforeAll(async () => {
    await Promise.all([claims.start(), others.start()]);
    const recordServices = { COVERAGE_URL: others.url, CLAIMS_URL: claims.url, CLINICAL_URL: others.url };
    world = await startWorld({ recordServices });
  }, 60_000);
  afterAll(async () => {
    await world?.stop();
    claims.stop();
    others.stop();
  });

  it('is missing on the page while a service does not answer, and staff get a 503', async () => {
    claims.answers = false;
    const { page } = await openApps(world);
    expect([page.status, wordsOf(page)]).toEqual([200, expect.not.stringContaining('up to date')]);
    expect((await administer(world, 'GET', 'northwind/freshness')).status).toBe(503);
    claims.answers = true;
  });

  it('stands on the page by kind, the oldest first, in the language of the page', async () => {
    const { browser, page } = await openApps(world);
    expect(wordsOf(page)).toMatch(
      /As of May 1, 2026 Claims and what you paid A newer file is late\. As of May 3, 2026 Coverage/,
    );
    expect(wordsOf(page)).not.toContain('Health conditions');
    const spanish = await browser.open(`${tenantOf(world).appsPage}?lang=es`);
    expect(wordsOf(spanish)).toMatch(/Al 1 de mayo de 2026 Reclamaciones y lo que usted pagó/);
    for (const asked of [...claims.asked, ...others.asked]) {
      expect(asked).toMatchObject({ tenant: 'northwind', scope: '' });
      expect(asked).not.toHaveProperty('patient');
    }
  });

  it('is told to staff, and the trail has that they asked', async () => {
    await takeAllEvents(world);
    const { status, body } = await administer(world, 'GET', 'northwind/freshness');
    expect(status).toBe(200);
    expect(body).toEqual({ feeds: [...FEEDS].sort((a, b) => (a.type < b.type ? -1 : 1)) });
    expect(await takeAllEvents(world)).toMatchObject([{ kind: 'account', action: 'read-freshness' }]);
    expect((await administer(world, 'GET', 'nowhere/freshness')).status).toBe(404);
    expect((await administer(world, 'GET', 'northwind/freshness', undefined, 'Bearer x')).status).toBe(401);
  });
});
