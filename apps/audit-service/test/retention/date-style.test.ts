/** An owner's role for which operators chose another form of dates. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type OperatorsWorld, startOperatorsWorld } from '../operators.ts';
import { accessEvent, asLines } from '../world.ts';

let operators: OperatorsWorld;
beforeAll(async () => {
  operators = await startOperatorsWorld();
  await operators.world.deliver(asLines(accessEvent()));
});
afterAll(() => operators?.stop());

it('a list of holds says when each was set', async () => {
  await operators.world.admin.query("ALTER ROLE audit_owner SET DateStyle = 'SQL, DMY'");
  const plan = ['--tenant', 'northwind'];
  expect(operators.audit(['hold', 'set', ...plan, '--reason', 'complaint 17']).status).toBe(0);
  const [hold] = JSON.parse(operators.audit(['hold', 'list', ...plan]).stdout) as Record<string, string>[];
  const ago = Date.now() - Date.parse(hold?.['set_at'] ?? '');
  expect(ago).toBeGreaterThanOrEqual(0);
  expect(ago).toBeLessThan(60_000);
});
