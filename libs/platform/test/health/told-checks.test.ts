/** What the log says of a service that is not ready: nobody may be asking it for anything. */
import { expect, test } from '@jest/globals';
import { toldChecks } from '../../src/health.ts';
import type { Logger } from '../../src/logging.ts';

test('a check that begins to fail says why, once, and again when it holds', async () => {
  const said: unknown[] = [];
  const note = (fields: object, message: string) => said.push({ ...fields, message });
  const away = new Error('away');
  let failure: Error | undefined = away;
  const database = () => (failure ? Promise.reject(failure) : Promise.resolve());
  const checks = { database, outbox: () => Promise.resolve() };
  const failed = toldChecks(checks, { warn: note, info: note } as unknown as Logger);
  expect([await failed(), await failed()]).toEqual([['database'], ['database']]);
  failure = undefined;
  expect([await failed(), await failed()]).toEqual([[], []]);
  expect(said).toEqual([
    { check: 'database', err: away, message: 'not ready' },
    { check: 'database', message: 'ready again' },
  ]);
});
