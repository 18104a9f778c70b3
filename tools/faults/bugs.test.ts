import { expect, it } from '@jest/globals';
import { BUGS } from './bugs.ts';
import { patched } from './copy.ts';

const changes = Object.entries(BUGS).flatMap(([bug, { changes: files }]) =>
  Object.entries(files).map(([file, each]) => [bug, file, each] as const),
);

// Whoever changes what a seeded bug is put into hears of it here, not from the long test.
it.each(changes)('the seeded bug %s has its place in %s', async (_bug, file, each) => {
  const without = await patched(file, []);
  const compiled = await patched(file, each);
  expect(compiled).not.toBe(without);
});

it('a mistake without a place is none', async () => {
  const [, file] = changes[0] ?? ['', ''];
  await expect(patched(file, [['nowhere in it', '']])).rejects.toThrow('does not apply any more');
});
