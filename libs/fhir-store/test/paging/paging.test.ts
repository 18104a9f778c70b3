import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { condition, observation } from '@patient-access/testing';
import { type Asker, asMember, bundleOf, idsOf, nextOf, startWorld, type World } from '../world.ts';

const MANY = 23;
const name = (index: number) => `o-${String(index).padStart(3, '0')}`;

describe('paging', () => {
  let world: World;
  let anna: Asker;
  beforeAll(async () => {
    world = await startWorld();
    // Three batches. Resources of one batch have the same instant, so only the id orders them.
    for (const [from, to] of [
      [0, 9],
      [9, 18],
      [18, MANY],
    ] as const)
      await world.store(
        'north',
        ...Array.from({ length: to - from }, (_, at) => observation(name(from + at), 'anna')),
      );
    await world.store('north', condition('c-1', 'anna'), condition('c-2', 'anna'));
    await world.store('north', observation('b-1', 'ben'), observation('b-2', 'ben'));
    await world.store('south', observation('o-000', 'anna'), observation('o-001', 'anna'));
    anna = await asMember(world, 'north', 'anna');
  });
  afterAll(() => world?.stop());

  async function readAllPages(
    start: string,
    between: () => Promise<void> = async () => undefined,
  ): Promise<string[][]> {
    const pages: string[][] = [];
    for (let path: string | undefined = start; path !== undefined;) {
      const answer = await anna(path);
      expect(answer.status).toBe(200);
      pages.push(idsOf(answer));
      path = nextOf(answer, 'north');
      await between();
    }
    return pages;
  }

  it.each([
    ['Observation?_count=5', 5],
    ['Observation?_count=5&_sort=_lastUpdated', 5],
    ['Observation?_count=1&code=8867-4', MANY],
    ['Observation?_count=23', 1],
    ['Observation?_count=22', 2],
  ])('%s returns each resource once, in %i pages', async (path, count) => {
    const pages = await readAllPages(path);
    expect(pages).toHaveLength(count);
    expect(new Set(pages.flat()).size).toBe(MANY);
    expect(pages.flat()).toHaveLength(MANY);
  });

  it('keeps the order of the search', async () => {
    const oldestFirst = (await readAllPages('Observation?_count=4&_sort=_lastUpdated')).flat();
    const newestFirst = (await readAllPages('Observation?_count=4')).flat();
    expect(newestFirst).toEqual([...oldestFirst].reverse());
    expect(oldestFirst.slice(0, 9)).toEqual(Array.from({ length: 9 }, (_, at) => name(at)));
  });

  it('shows everything once that was there at the start, even if rows are added meanwhile', async () => {
    let added = 0;
    const before = (await readAllPages('Observation?_count=100')).flat();
    const pages = await readAllPages('Observation?_count=4', () =>
      world.store('north', observation(`later-${(added += 1)}`, 'anna')),
    );
    expect(pages.length).toBeGreaterThan(3);
    expect(pages.flat()).toEqual(before);
  });

  it('links of a search with two lists of a hundred long values fit into a URL', async () => {
    const others = (list: string) =>
      Array.from({ length: 97 }, (_, at) => createHash('sha256').update(`${list}${at}`).digest('hex'));
    const body = `_count=2&_id=${[name(0), name(1), name(2), ...others('ids')].join()}&code:not=${others('codes').join()}`;
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const first = await anna('Observation/_search', { method: 'POST', headers, body });
    const next = nextOf(first, 'north') ?? '';
    expect([idsOf(first).length, next.length < 15_000]).toEqual([2, true]);
    expect([...idsOf(first), ...idsOf(await anna(next))].sort()).toEqual([name(0), name(1), name(2)]);
  });

  it('is refused to a search of which no link fits into a URL, and all that is found comes in one page', async () => {
    const others = Array.from({ length: 97 }, (_, at) =>
      createHash('sha512')
        .update(`values${at}`)
        .digest('hex')
        .concat(createHash('sha384').update(`${at}`).digest('hex')),
    );
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const search = (count: number) =>
      anna('Observation/_search', {
        method: 'POST',
        headers,
        body: `_count=${count}&_id=${[name(0), name(1), name(2)].join()}&code:not=${others.join()}`,
      });
    const refused = await search(2);
    expect([refused.status, refused.text]).toEqual([
      400,
      expect.stringContaining('too long for a link to its next page'),
    ]);
    expect(idsOf(await search(3))).toHaveLength(3);
  });

  it('keeps the total and the count of the search on every page', async () => {
    const first = await anna('Observation?_count=5&_total=accurate');
    const second = await anna(nextOf(first, 'north') ?? '');
    expect(bundleOf(second).total).toBe(bundleOf(first).total);
    expect(idsOf(second)).toHaveLength(5);
  });
});

describe('a next link', () => {
  let world: World;
  let anna: Asker;
  let next: string;
  beforeAll(async () => {
    world = await startWorld();
    for (const tenant of ['north', 'south'])
      for (const member of ['anna', 'ben']) {
        const ids = ['1', '2', '3'].map((id) => (member === 'anna' ? id : `${member}-${id}`));
        await world.store(
          tenant,
          ...ids.map((id) => observation(id, member)),
          ...ids.map((id) => condition(id, member)),
        );
      }
    anna = await asMember(world, 'north', 'anna');
    next = nextOf(await anna('Observation?_count=1'), 'north') ?? '';
  });
  afterAll(() => world?.stop());

  const OTHERS: [string, () => Promise<Asker>][] = [
    ['another member', () => asMember(world, 'north', 'ben')],
    ['another tenant', () => asMember(world, 'south', 'anna')],
    ['another client', () => asMember(world, 'north', 'anna', { client_id: 'app-2' })],
    ['another grant', () => asMember(world, 'north', 'anna', { grant_id: 'grant-2' })],
  ];

  it('opens for the caller who got it', async () => {
    expect(idsOf(await anna(next))).toEqual(['2']);
    const renewed = await asMember(world, 'north', 'anna', { jti: 'a-fresh-token-of-the-same-grant' });
    expect(idsOf(await renewed(next))).toEqual(['2']);
  });

  const eventOf = async (id: string) => (await world.events()).find(({ requestId }) => requestId === id);

  it.each(OTHERS)('does not open for %s, and is recorded as suspicious (case F22)', async (_who, other) => {
    const answer = await (await other())(next);
    expect(answer).toMatchObject({ status: 400, text: expect.stringContaining('_cursor') });
    expect(await eventOf(answer.requestId)).toMatchObject({ outcome: '8', reason: 'cursor-forged' });
  });

  it('does not open for another type', async () => {
    const { status, requestId } = await anna(next.replace('Observation', 'Condition'));
    expect([status, (await eventOf(requestId))?.outcome]).toEqual([400, '8']);
  });

  it('does not open when the scope no longer covers the type', async () => {
    const narrowed = await asMember(world, 'north', 'anna', { scope: 'patient/Condition.rs' });
    expect((await narrowed(next)).status).toBe(403);
  });

  it('may not be combined with a parameter that would change the search', async () => {
    expect((await anna(`${next}&patient=ben`)).status).toBe(400);
    expect((await anna(`${next}&${next.split('?')[1]}`)).status).toBe(400);
  });

  it('does not open when any one character was changed', async () => {
    const [path = '', cursor = ''] = next.split('=');
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    for (let at = 0; at < cursor.length; at += 1) {
      const other = alphabet[(alphabet.indexOf(cursor[at] ?? '') + 1) % alphabet.length] ?? '';
      const { status, requestId } = await anna(
        `${path}=${cursor.slice(0, at)}${other}${cursor.slice(at + 1)}`,
      );
      expect([at, status]).toEqual([at, 400]);
      if (at % 50 === 0) expect(await eventOf(requestId)).toMatchObject({ outcome: '8' });
    }
  });

  it.each([
    ['cut short', (cursor: string) => cursor.slice(0, -4)],
    ['only a nonce', (cursor: string) => cursor.slice(0, 16)],
    ['a nonce and the beginning of a tag', (cursor: string) => cursor.slice(0, 22)],
    ['continued', (cursor: string) => `${cursor}AAAA`],
    ['padded', (cursor: string) => `${cursor}=`],
    ['with a blank', (cursor: string) => `${cursor.slice(0, 8)}%20${cursor.slice(8)}`],
    ['12,000 characters that were never sealed', () => 'A'.repeat(12_000)],
  ])('does not open when it is %s', async (_what, change) => {
    const [path = '', cursor = ''] = next.split('=');
    expect((await anna(`${path}=${change(cursor)}`)).status).toBe(400);
  });

  it('does not reveal its content', async () => {
    const [, cursor = ''] = next.split('=');
    expect(Buffer.from(cursor, 'base64url').toString('latin1')).not.toMatch(/anna|north|_count|2026/);
  });
});
