/** Which stored ids did not come in a complete load, however many there are. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from '@jest/globals';
import { Came } from '../../store/came.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
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
  const before = await note(0, 200_000);
  const after = await note(200_000, 700_000);
  expect((after - before) / 500_000).toBeLessThan(BYTES_EACH);
  await came.note('Claim', 'claim-new');
  await came.note('Patient', 'not-complete');
  const found = await came.compare('Claim', stored(700_000));
  expect([found.stored, found.missing]).toEqual([700_000, 700]);
  for (const _time of ['to decide', 'to delete']) {
    const batches: (readonly string[])[] = [];
    for await (const batch of found.batches(300)) batches.push(batch);
    expect(batches.map(({ length }) => length)).toEqual([300, 300, 100]);
    expect(new Set(batches.flat())).toEqual(
      new Set(Array.from({ length: 700 }, (_, at) => `claim-${at * 1_000 + 7}`)),
    );
  }
  expect((await came.compare('Coverage', stored(2_000))).missing).toBe(2_000);
}, 120_000);
