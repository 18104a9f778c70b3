import { expect, it } from '@jest/globals';
import { announce } from '../../src/delivery/announce.ts';

const letters = Array.from({ length: 500 }, (_, id) => ({ id, isNew: true, reason: 'x'.repeat(2_500) }));

it('a dead letter is told of by its id and its reason, however long that is', async () => {
  const sent: { value: string; headers?: Record<string, string> }[] = [];
  const send = (messages: readonly (typeof sent)[number][]) => Promise.resolve(void sent.push(...messages));
  await announce(
    { send },
    [{ ...letters[7], id: 7, isNew: true, reason: 'not a batch', producer: 'p' }],
    () => undefined,
  );
  expect(sent).toEqual([{ value: '7', headers: { reason: 'not a batch', producer: 'p' } }]);
  await announce({ send }, letters, () => undefined);
  // The brokers take 1 MB.
  expect(JSON.stringify(sent).length).toBeLessThan(500_000);
});

it('dead letters that cannot be told of are reported, and hold up nothing', async () => {
  const problems: string[] = [];
  const send = () => Promise.reject(new Error('too large'));
  await announce({ send }, letters, (problem) => void problems.push(problem));
  expect(problems).toEqual(['dead letters could not be announced: too large']);
});
