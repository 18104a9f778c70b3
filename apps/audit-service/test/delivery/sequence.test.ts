import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { messageLine, signMessage } from '@patient-access/events';
import { ask } from '@patient-access/testing';
import pg from 'pg';
import { compactSequences, countGaps } from '../../src/delivery/producer-sequences.ts';
import { accessEvent, EVENT_SECRET, CLAIMS_PRODUCER, startWorld, type World } from '../world.ts';

const APPEND = 'EXECUTE ON FUNCTION trail.append(text, text[], timestamptz, json, text, text)';
const OTHER = CLAIMS_PRODUCER.replace('claims', 'clinical');

describe('the sequence of a producer', () => {
  let world: World;
  let ingest: pg.Pool;
  beforeAll(async () => {
    world = await startWorld();
    ingest = new pg.Pool({ connectionString: world.urls.ingest, max: 2 });
    ingest.on('error', () => undefined);
  });
  afterEach(() => world.empty());
  afterAll(async () => {
    await ingest?.end();
    await world?.stop();
  });

  const authorization = `Bearer ${EVENT_SECRET}`;
  const line = (sequence: number, body = JSON.stringify(accessEvent()), producer = CLAIMS_PRODUCER) =>
    messageLine(signMessage(EVENT_SECRET, { producer, sequence, body }));
  const send = (...lines: string[]) =>
    ask(world.url, '/internal/access-events', {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson', authorization },
      body: lines.join('\n'),
    });
  const question = (query: string, headers: Record<string, string> = { authorization }) =>
    ask(world.url, `/internal/missing-events?${query}`, { headers });
  async function missing(first: number, last: number, producer = CLAIMS_PRODUCER): Promise<unknown> {
    const answer = await question(
      String(new URLSearchParams({ producer, first: String(first), last: String(last) })),
    );
    expect(answer.status).toBe(200);
    return (JSON.parse(answer.text) as { missing: unknown }).missing;
  }
  const rows = async (table: string) => (await world.admin.query(`SELECT * FROM ${table}`)).rows as unknown[];

  it('has the same gaps before and after it is compacted', async () => {
    await send(...[1, 2, 3, 5, 6, 9].map((sequence) => line(sequence)));
    await send(line(1, undefined, OTHER));
    for (const compact of [false, true]) {
      if (compact) await compactSequences(ingest);
      expect(await missing(1, 12)).toEqual([
        [4, 4],
        [7, 8],
        [10, 12],
      ]);
      expect(await missing(2, 3)).toEqual([]);
      expect(await missing(1, 2, OTHER)).toEqual([[2, 2]]);
      expect(await countGaps(ingest)).toMatchObject({ [CLAIMS_PRODUCER]: 3 });
    }
    expect(await rows('arrival')).toHaveLength(3);
    // The gaps close, an old number arrives again, and only the highest number is left in the tables.
    await send(line(4), line(7), line(8), line(2));
    await compactSequences(ingest);
    expect([await missing(1, 9), await rows('arrival')]).toEqual([[], []]);
    expect(await rows('producer')).toContainEqual({ name: CLAIMS_PRODUCER, through: '9' });
    expect(await countGaps(ingest)).toEqual({});
  });

  it('is missing as a whole for a producer that never sent anything', async () => {
    expect(await missing(3, 7)).toEqual([[3, 7]]);
  });

  it('is stored together with the events or not at all', async () => {
    await world.admin.query('REVOKE INSERT ON arrival FROM audit_ingest');
    const failed = await send(line(1));
    await world.admin.query('GRANT INSERT ON arrival TO audit_ingest');
    await world.admin.query(`REVOKE ${APPEND} FROM audit_ingest`);
    const failedToo = await send(line(2));
    await world.admin.query(`GRANT ${APPEND} TO audit_ingest`);
    for (const { status } of [failed, failedToo]) expect(status).toBeGreaterThanOrEqual(500);
    expect([await rows('trail.audit_event'), await missing(1, 2)]).toEqual([[], [[1, 2]]]);
  });

  it('includes authentic messages that are no event, so that the producer does not send them again', async () => {
    await send(line(1, 'no event'), line(2), line(3, JSON.stringify(accessEvent({ member: 'a\u0000' }))));
    expect(await missing(1, 3)).toEqual([]);
    expect([(await rows('dead_letter')).length, (await rows('trail.audit_event')).length]).toEqual([2, 1]);
  });

  it('does not include a forged message, which is one dead letter however often it is sent', async () => {
    const forged = messageLine({
      ...signMessage('another-secret-altogether', {
        producer: CLAIMS_PRODUCER,
        sequence: 1,
        body: JSON.stringify(accessEvent()),
      }),
    });
    for (let times = 0; times < 3; times += 1) expect((await send(forged)).status).toBe(204);
    expect([await rows('trail.audit_event'), await missing(1, 1)]).toEqual([[], [[1, 1]]]);
    expect(await rows('dead_letter')).toMatchObject([{ reason: 'the MAC does not verify', sequence: '1' }]);
  });

  it.each([
    '',
    'producer=x',
    'producer=x&first=0&last=1',
    'producer=x&first=5&last=4',
    'producer=x&first=1&last=99999',
    'producer=x&first=1&last=2&more=1',
  ])('is not disclosed for the malformed query "%s"', async (query) =>
    expect((await question(query)).status).toBe(400),
  );

  it('is not disclosed without the secret', async () => {
    const query = `producer=${encodeURIComponent(CLAIMS_PRODUCER)}&first=1&last=2`;
    expect((await question(query, {})).status).toBe(401);
    expect((await question(query, { authorization: 'Bearer wrong' })).status).toBe(401);
  });
});
