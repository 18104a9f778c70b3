/** Which stored ids did not come in a complete load, however many there are. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from '@jest/globals';
import { tries } from '@patient-access/testing';
import { Came } from '../../store/came.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const [FIRST, ALL, BATCH] = [tries(50_000, 200_000), tries(250_000, 700_000), tries(100, 300)];
/** One of a thousand is missing. */
const MISSING = ALL / 1_000;
/** A set of all ids would have a multiple of it. */
const BYTES_EACH = 20;

async function* stored(count: number): AsyncGenerator<string[]> {
  for (let at = 0; at < count; at += 1_000)
    yield Array.from({ length: 1_000 }, (_, one) => `claim-${at + one}`);
}

it('is known without having all of them in memory', async () => {
  await using came = new Came(['Claim', 'Coverage']);
  const note = async (from: number, to: number) => {
    for (let at = from; at < to; at += 1) if (at % 1_000 !== 7) await came.note('Claim', `claim-${at}`);
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const before = await note(0, FIRST);
  const after = await note(FIRST, ALL);
  expect((after - before) / (ALL - FIRST)).toBeLessThan(BYTES_EACH);
  await came.note('Claim', 'claim-new');
  await came.note('Patient', 'not-complete');
  const found = await came.compare('Claim', stored(ALL));
  expect([found.stored, found.missing]).toEqual([ALL, MISSING]);
  for (const _time of ['to decide', 'to delete']) {
    const batches: (readonly string[])[] = [];
    for await (const batch of found.batches(BATCH)) batches.push(batch);
    expect(batches.map(({ length }) => length)).toEqual([BATCH, BATCH, MISSING - 2 * BATCH]);
    expect(new Set(batches.flat())).toEqual(
      new Set(Array.from({ length: MISSING }, (_, at) => `claim-${at * 1_000 + 7}`)),
    );
  }
  expect((await came.compare('Coverage', stored(2_000))).missing).toBe(2_000);
}, 120_000);
