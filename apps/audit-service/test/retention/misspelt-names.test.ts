/** Commands that are given the name of a plan, or the id of a member, which is not there. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type OperatorsWorld, startOperatorsWorld } from '../operators.ts';
import { accessEvent, asLines, EVENT_PUBLIC_KEYS } from '../world.ts';

describe('audit', () => {
  let operators: OperatorsWorld;
  beforeAll(async () => {
    operators = await startOperatorsWorld();
    await operators.world.deliver(asLines(accessEvent({ tenant: 'northwind' })));
  });
  afterAll(() => operators?.stop());

  function file(name: string, content: string): string {
    const path = join(operators.folder, name);
    writeFileSync(path, content);
    return path;
  }
  const keys = () => ['--keys', file('keys.pem', operators.signersKeys())];

  const commands: [string, string[]][] = [
    ['hold set', ['--reason', 'complaint 17']],
    ['retention set', ['--months', '120']],
    ['corrections', ['--since', '2026-11-26T02:00:00Z']],
    ['scorecard', []],
    ['hold list', []],
  ];

  it.each(commands)('%s refuses a plan without a trail, and leaves nothing', async (command, words) => {
    const { status, stdout, stderr } = await operators.auditHere([
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

  it.each(commands)('%s takes a plan that has one', async (command, words) => {
    const { status, stderr } = await operators.auditHere([
      ...command.split(' '),
      '--tenant',
      'northwind',
      ...words,
    ]);
    expect([status, stderr]).toEqual([0, '']);
  });

  it.each(['hold list', 'verify'])('%s takes no empty name for all plans', async (command) => {
    const words = [...command.split(' '), '--tenant', ''];
    const { status, stdout, stderr } = await operators.auditHere(
      command === 'verify' ? [...words, ...keys()] : words,
    );
    expect([status, stdout, stderr]).toEqual([2, '', expect.stringMatching(/--tenant is missing\n$/)]);
  });

  it('acknowledge does not say of a misspelt plan that it has no foreign records', () => {
    const files = ['--checkpoints', file('log', ''), '--event-keys', file('events', EVENT_PUBLIC_KEYS)];
    const words = ['acknowledge', ...keys(), ...files];
    const ask = (tenant: string) => operators.audit([...words, '--tenant', tenant]);
    expect(ask('nortwind')).toMatchObject({
      status: 2,
      stdout: '',
      stderr: '--tenant: there is no trail of a plan nortwind\n',
    });
    expect(ask('northwind')).toMatchObject({ status: 0, stdout: '[]\n' });
  });

  it.each([
    ['scorecard --tenant northwind --days 0', 2, '--days: a whole number from 1 to 92\n'],
    ['hold lift --id 17', 1, 'no hold 17, or it is lifted already\n'],
  ])('%s is refused in one line', (words, exit, line) => {
    const { status, stderr } = operators.audit(words.split(' '));
    expect([status, stderr]).toEqual([exit, line]);
  });

  it('retention set keeps less than six years only where that is said', async () => {
    const set = (...words: string[]) =>
      operators.auditHere(['retention', 'set', '--tenant', 'northwind', '--months', ...words]);
    const months = async () =>
      (await operators.world.admin.query(`SELECT months FROM trail.retention WHERE tenant = 'northwind'`))
        .rows;
    expect((await set('72')).status).toBe(0);
    expect(await set('7')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^--months is below 72: .*\n$/),
    });
    expect(await months()).toEqual([{ months: 72 }]);
    expect((await set('7', '--below-six-years')).status).toBe(0);
    expect(await months()).toEqual([{ months: 7 }]);
  });

  const hold = (...words: string[]) =>
    operators.auditHere(['hold', 'set', '--tenant', 'northwind', '--reason', 'complaint 18', ...words]);
  const heldMembers = async () => {
    const { rows } = await operators.world.admin.query<{ member: string }>(
      `SELECT member FROM trail.legal_hold WHERE reason = 'complaint 18' ORDER BY member`,
    );
    return rows.map(({ member }) => member);
  };

  it.each(['ana', 'Anna'])(
    'hold set refuses the member %j, of whom the trail has no event, and holds nobody',
    async (wrong) => {
      const { status, stdout, stderr } = await hold('--member', 'anna', '--member', wrong);
      expect([status, stdout]).toEqual([2, '']);
      expect(stderr).toContain(
        `--member: the trail of northwind has no event of ${JSON.stringify(wrong)}: is`,
      );
      expect(await heldMembers()).toEqual([]);
    },
  );

  it.each(['Patient/anna', '', 'a b', '~'])(
    'hold set refuses %j, which is no id, also of a member without events, and holds nobody',
    async (wrong) => {
      for (const option of ['--member', '--without-events']) {
        const { status, stdout, stderr } = await hold('--member', 'anna', option, wrong);
        expect([status, stdout, stderr]).toEqual([
          2,
          '',
          `--member: no Patient has the id ${JSON.stringify(wrong)}. Nothing is held\n`,
        ]);
      }
      expect(await heldMembers()).toEqual([]);
    },
  );

  it('hold set checks the other members where one is said to have no events', async () => {
    expect((await hold('--member', 'ana', '--without-events', 'nobody-yet')).status).toBe(2);
    expect(await heldMembers()).toEqual([]);
  });

  it('hold set refuses a member of another plan', async () => {
    await operators.world.deliver(asLines(accessEvent({ tenant: 'lakeside', member: 'lena' })));
    expect([(await hold('--member', 'lena')).status, await heldMembers()]).toEqual([2, []]);
  });

  it('hold set takes a member with events, and one without when that is said', async () => {
    expect((await hold('--member', 'anna')).status).toBe(0);
    expect((await hold('--member', 'anna', '--without-events', 'nobody-yet')).status).toBe(0);
    expect(await heldMembers()).toEqual(['anna', 'anna', 'nobody-yet']);
  });
});
