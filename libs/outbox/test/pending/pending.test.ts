import { expect, it } from '@jest/globals';
import { Pending } from '../../src/pending.ts';
import type { NumberedEvent } from '../../src/rows.ts';

const event = (sequence: number): NumberedEvent => ({
  sequence,
  text: 'x'.repeat(10),
  tenant: 'north',
  lane: 3,
});

/** A table with the events 1 to `last`, that counts the rows that are read of it. */
function table(last: number) {
  const of = { last, reads: [] as number[] };
  const read = ([first, to]: [number, number], limit: number) => {
    const end = Math.min(to, of.last, first + limit - 1);
    const found = Array.from({ length: Math.max(0, end - first + 1) }, (_, at) => event(first + at));
    of.reads.push(...found.map(({ sequence }) => sequence));
    return Promise.resolve(found);
  };
  return { of, read };
}

it('reads nothing while memory has room', async () => {
  const pending = new Pending(100);
  const { of, read } = table(10);
  for (let at = 1; at <= 10; at += 1) pending.add(event(at));
  expect((await pending.take(50, read)).map(({ sequence }) => sequence)).toEqual([
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
  ]);
  expect([await pending.take(50, read), of.reads]).toEqual([[], []]);
});

it('gives all events in order, each once, when memory is full and more come while it reads', async () => {
  const pending = new Pending(40);
  const { of, read } = table(0);
  const taken: number[] = [];
  const record = () => pending.add(event((of.last += 1)));
  for (let at = 0; at < 20; at += 1) record();
  for (let round = 0; taken.length < 60; round += 1) {
    const next = await pending.take(3, (range, limit) => {
      if (of.last < 60) record();
      return read(range, limit);
    });
    taken.push(...next.map(({ sequence }) => sequence));
    if (of.last < 60) record();
    if (round > 200) break;
  }
  expect(taken).toEqual(Array.from({ length: 60 }, (_, at) => at + 1));
  // The first four were in memory, and what came when it had room again.
  expect(of.reads).not.toContain(4);
  record();
  expect((await pending.take(3, read)).map(({ sequence }) => sequence)).toEqual([61]);
  expect(of.reads).not.toContain(61);
});

it('gives as much as one delivery may hold, from memory and from the table, and at least one event', async () => {
  const long = (sequence: number) => ({ ...event(sequence), text: 'x'.repeat(900_000) });
  const [kept, read] = [new Pending(), new Pending()];
  for (let at = 1; at <= 5; at += 1) kept.add(long(at));
  kept.add({ ...event(6), text: 'x'.repeat(3_000_000) });
  read.addRange([1, 5]);
  const rows = ([first, last]: [number, number], limit: number) =>
    Promise.resolve(Array.from({ length: Math.min(limit, last - first + 1) }, (_, at) => long(first + at)));
  const taken = async (pending: Pending) => {
    const numbers: number[][] = [];
    for (let next = await pending.take(4, rows); next.length > 0; next = await pending.take(4, rows))
      numbers.push(next.map(({ sequence }) => sequence));
    return numbers;
  };
  expect(kept.fills(100)).toBe(true);
  expect(await taken(kept)).toEqual([[1, 2], [3, 4], [5], [6]]);
  expect(await taken(read)).toEqual([[1, 2], [3, 4], [5]]);
  expect([kept.fills(1), read.fills(1)]).toEqual([false, false]);
});

it('reads a range of a dead process to its end', async () => {
  const pending = new Pending();
  const { read } = table(7);
  pending.addRange([1, Number.MAX_SAFE_INTEGER]);
  const all = [await pending.take(5, read), await pending.take(5, read), await pending.take(5, read)];
  expect(all.map((events) => events.map(({ sequence }) => sequence))).toEqual([[1, 2, 3, 4, 5], [6, 7], []]);
});
