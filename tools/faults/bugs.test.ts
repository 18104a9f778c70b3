import { expect, it } from '@jest/globals';
import { BUGS } from './bugs.ts';
import { patched } from './copy.ts';

const changes = Object.entries(BUGS).flatMap(([bug, { changes: files }]) =>
  Object.entries(files).map(([file, each]) => [bug, file, each] as const),
);

// A change of the source may remove the place of a seeded bug. This quick test reports it, before the long test does.
it.each(changes)('the seeded bug %s can be put into %s', async (_bug, file, each) => {
  const without = await patched(file, []);
  const compiled = await patched(file, each);
  expect(compiled).not.toBe(without);
});

it('a seeded bug whose place is gone is an error', async () => {
  const [, file] = changes[0] ?? ['', ''];
  await expect(patched(file, [['nowhere in it', '']])).rejects.toThrow('does not apply any more');
});
