import { expect, it } from '@jest/globals';
import { runProgram } from '../install.ts';

it('a program that hangs is killed when its time is over, and the error says so', async () => {
  const ended = runProgram('sleep', ['600'], 'It is fetched', 100);
  await expect(ended).rejects.toThrow('It is fetched: "sleep" ended with SIGKILL');
});
