/** Commands that are given the name of a plan which is not there. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type OperatorsWorld, startOperatorsWorld } from '../operators.ts';
import { accessEvent, asLines } from '../world.ts';

describe('audit', () => {
  let operators: OperatorsWorld;
  beforeAll(async () => {
    operators = await startOperatorsWorld();
    await operators.world.deliver(asLines(accessEvent({ tenant: 'northwind' })));
  });
  afterAll(() => operators?.stop());

  const commands: [string, string[]][] = [
    ['hold set', ['--reason', 'complaint 17']],
    ['retention set', ['--months', '120']],
    ['corrections', ['--since', '2026-11-26T02:00:00Z']],
  ];

  it.each(commands)('%s refuses a plan without a trail, and leaves nothing', async (command, words) => {
    const { status, stdout, stderr } = operators.audit([
      ...command.split(' '),
      '--tenant',
      'nortwind',
      ...words,
    ]);
    expect([status, stdout, stderr]).toEqual([2, '', '--tenant: there is no trail of a plan nortwind\n']);
    const { rows } = await operators.world.admin.query(
      `SELECT tenant FROM trail.chain_head UNION SELECT tenant FROM trail.legal_hold UNION SELECT tenant FROM trail.retention`,
    );
    expect(rows.filter(({ tenant }) => tenant === 'nortwind')).toEqual([]);
  });

  it.each(commands)('%s takes a plan that has one', (command, words) => {
    const { status, stderr } = operators.audit([...command.split(' '), '--tenant', 'northwind', ...words]);
    expect([status, stderr]).toEqual([0, '']);
  });
});
