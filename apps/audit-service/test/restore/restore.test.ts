/** What auth-service asks after a restore: is my database an older one, and what has ended since? */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AccessEvent } from '@patient-access/events';
import { endsStatement, markStatement, QUESTION_SIGNATURE_HEADER } from '@patient-access/internal-api';
import { type Answer, ask } from '@patient-access/testing';
import { accessEvent, asLines, signerOf, startWorld, type World } from '../world.ts';

const signed = (statement: string, service = 'auth-service') => {
  const signer = signerOf(service);
  return { [QUESTION_SIGNATURE_HEADER]: `${signer.kid} ${signer.sign(statement)}` };
};
const PAGE = 1_000;

describe('audit-service tells auth-service', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  }, 60_000);
  afterAll(() => world?.stop());

  const mark = (database: string, value: number, known?: number, service?: string): Promise<Answer> => {
    const told = { database, mark: value, ...(known !== undefined && { known }) };
    const query = Object.entries(told).map(([name, each]) => `${name}=${each}`);
    return ask(world.url, `/internal/database-marks?${query.join('&')}`, {
      method: 'POST',
      headers: signed(markStatement(told), service),
    });
  };
  const answerTo = async (database: string, value: number, known?: number) =>
    JSON.parse((await mark(database, value, known)).text) as { highest: number; wholeSince?: string | null };
  const highest = async (database: string, value: number): Promise<number> =>
    (await answerTo(database, value)).highest;

  interface End {
    what: string;
    id: string;
    reason?: string;
    at: string;
  }
  async function ends(since: string, tenant = 'northwind'): Promise<End[]> {
    const all: End[] = [];
    let next: string | null = '';
    while (next !== null) {
      const query: { since: string; after?: string } = { since, ...(next && { after: next }) };
      const answer = await ask(world.url, `/internal/ends/${tenant}?${new URLSearchParams(query)}`, {
        headers: signed(endsStatement(tenant, query)),
      });
      expect(answer.status).toBe(200);
      const page = JSON.parse(answer.text) as { ends: End[]; next: string | null };
      all.push(...page.ends);
      next = page.next;
    }
    return all;
  }
  const ofAuth = (change: Partial<AccessEvent>): AccessEvent => {
    const {
      type: _type,
      resource: _resource,
      counts: _counts,
      bodyHash: _hash,
      request: _request,
      ...event
    } = accessEvent();
    return { ...event, service: 'auth-service', ...change };
  };

  it('O71: the highest mark of a database, whatever is told after it, and of no other database', async () => {
    const [one, other] = [randomUUID(), randomUUID()];
    expect(await highest(one, 7)).toBe(7);
    expect(await highest(one, 9)).toBe(9);
    expect(await highest(one, 4)).toBe(9);
    expect(await highest(other, 1)).toBe(1);
    expect((await mark(one, -1)).status).toBe(400);
    expect((await mark(one, 10, undefined, 'claims-service')).status).toBe(401);
  });

  it('O73: a trail that has a lower mark than somebody remembers has everything only since now', async () => {
    const one = randomUUID();
    expect(await answerTo(one, 0, 0)).toEqual({ highest: 0, wholeSince: null });
    expect(await answerTo(one, 7, 0)).toEqual({ highest: 7, wholeSince: null });
    expect(await answerTo(one, 8, 7)).toEqual({ highest: 8, wholeSince: null });
    // As another replica of auth-service was told before the trail was put back.
    const lost = await answerTo(one, 8, 20);
    expect(lost).toEqual({ highest: 20, wholeSince: expect.any(String) });
    expect(await answerTo(one, 8, 20)).toEqual(lost);
    expect(await answerTo(one, 8, 0)).toEqual(lost);
  });

  it('O73: a trail in another place is whole if somebody remembers no more than it has; otherwise since now', async () => {
    const one = randomUUID();
    await answerTo(one, 0, 0);
    const before = await answerTo(one, 7, 0);
    const move = () => world.admin.query("UPDATE trail_state SET place = 'elsewhere'");
    await move();
    expect((await answerTo(one, 8, 7)).wholeSince).toBe(before.wholeSince);
    await move();
    const since = Date.parse((await answerTo(one, 9, 0)).wholeSince ?? '');
    expect(since).toBeGreaterThan(Date.parse(before.wholeSince ?? ''));
    expect(await answerTo(one, 9)).toEqual({ highest: 9 });
  });

  it('O73: a trail that nobody has looked at yet was put back if a database has a mark that it does not have', async () => {
    const empty = () => world.admin.query('UPDATE trail_state SET place = NULL, whole_since = NULL');
    for (const [mark, known, whole] of [
      [0, 0, null],
      [8, 20, expect.any(String)],
      [8, 0, expect.any(String)],
    ] as const) {
      await empty();
      expect([mark, known, (await answerTo(randomUUID(), mark, known)).wholeSince]).toEqual([
        mark,
        known,
        whole,
      ]);
    }
  });

  it('O73: keeps no mark without what follows from it', async () => {
    const one = randomUUID();
    const before = (await answerTo(one, 0, 0)).wholeSince;
    await world.admin.query('REVOKE UPDATE (place, whole_since) ON trail_state FROM audit_ingest');
    expect((await mark(one, 8, 20)).status).toBe(500);
    await world.admin.query('GRANT UPDATE (place, whole_since) ON trail_state TO audit_ingest');
    const lost = await answerTo(one, 8, 20);
    expect([lost.highest, Date.parse(lost.wholeSince ?? '')]).toEqual([20, expect.any(Number)]);
    expect(lost.wholeSince).not.toBe(before);
  });

  it('O70: each grant that ended or whose tokens were replaced, and each client that was banned', async () => {
    const since = new Date(Date.now() - 1_000).toISOString();
    await world.deliver(
      asLines(
        ofAuth({ kind: 'consent', action: 'revoke', reason: 'member', by: 'member', grantId: 'gone' }),
        ofAuth({ kind: 'consent', action: 'grant', grantId: 'new' }),
        ofAuth({ kind: 'consent', action: 'revoke', grantId: 'not', outcome: '4' }),
        ofAuth({ kind: 'token', action: 'refresh', grantId: 'used', token: 'sha256.x' }),
        ofAuth({
          kind: 'administration',
          action: 'client-ban',
          client: { id: 'bad-app' },
          member: undefined,
        }),
        ofAuth({
          kind: 'administration',
          action: 'client-rotate-secret',
          client: { id: 'leaky' },
          member: undefined,
        }),
        accessEvent({ kind: 'rest', grantId: 'reader' }),
        ofAuth({
          kind: 'consent',
          action: 'revoke',
          reason: 'app',
          grantId: 'elsewhere',
          tenant: 'lakeside',
        }),
      ),
    );
    const found = await ends(since);
    expect(found.map(({ at: _, ...end }) => end)).toEqual(
      expect.arrayContaining([
        { what: 'grant', id: 'gone', reason: 'member' },
        { what: 'tokens', id: 'used' },
        { what: 'client', id: 'bad-app' },
        { what: 'client-secret', id: 'leaky' },
      ]),
    );
    expect(found).toHaveLength(4);
    expect(found[0]?.at).toBe('2026-11-25T10:00:00.000Z');
    expect(await ends(since, 'lakeside')).toMatchObject([{ id: 'elsewhere' }]);
    expect(await ends(new Date(Date.now() + 60_000).toISOString())).toEqual([]);
  });

  it('O70: all of them, once each, when they are more than a page', async () => {
    const since = new Date(Date.now() - 1_000).toISOString();
    const many = Array.from({ length: PAGE + 50 }, (_, n) =>
      ofAuth({
        requestId: randomUUID(),
        kind: 'consent',
        action: 'revoke',
        reason: 'plan',
        grantId: `many-${n}`,
      }),
    );
    expect((await world.deliver(asLines(...many))).status).toBe(204);
    const ids = (await ends(since)).map(({ id }) => id).filter((id) => id.startsWith('many-'));
    expect([ids.length, new Set(ids).size]).toEqual([PAGE + 50, PAGE + 50]);
  });

  it('nothing to another service, or for another question than was signed', async () => {
    const since = new Date().toISOString();
    const path = `/internal/ends/northwind?since=${since}`;
    for (const headers of [
      {},
      signed(endsStatement('northwind', { since }), 'claims-service'),
      signed(endsStatement('lakeside', { since })),
    ])
      expect((await ask(world.url, path, { headers })).status).toBe(401);
  });
});
