import { expect, it } from '@jest/globals';
import { commandNamed, optionsOf, parseCommandLine } from '../../src/command-usage.ts';

const USAGE = `usage:
  plan create --id <id> [texts]
  plan suspend|resume --id <id>
  plan list | set | name --id <id> [--quiet]
      texts:   --title <text>
               --words <text>
      set, name:  --value <text>
      name:    [texts]
  plan show --id <id>    what it has
      [--as <format>]    as JSON or text
  plan show --file <file>
  load < file    { "id" }
  find > <file>`;

it.each([
  ['plan create', ['id', 'title', 'words']],
  ['plan suspend', ['id']],
  ['plan resume', ['id']],
  ['plan list', ['id', 'quiet']],
  ['plan set', ['id', 'quiet', 'value']],
  ['plan name', ['id', 'quiet', 'value', 'title', 'words']],
  ['plan show', ['id', 'as', 'file']],
  ['load', []],
  ['find', []],
  ['plan', []],
  ['usage:', []],
])('%s takes %j', (command, options) => {
  expect([...optionsOf(USAGE, command)].toSorted()).toEqual(options.toSorted());
});

it('names an option that only others take', () => {
  const programs = { commands: { 'plan set': 'sets', load: 'loads' }, usage: USAGE };
  expect(commandNamed(programs, ['plan', 'set'], { id: 'a', value: 'b' })).toBe('sets');
  expect(() => commandNamed(programs, ['plan', 'set'], { id: 'a', title: 'b' })).toThrow(
    'plan set takes no --title',
  );
  expect(() => commandNamed(programs, ['load'], { quiet: true })).toThrow('load takes no --quiet');
  expect(() => commandNamed(programs, ['constructor'], {})).toThrow(/^usage:/);
});

it('refuses an option that has one value and stands there twice', () => {
  const options = {
    plan: { type: 'string' },
    record: { type: 'string', multiple: true },
    quiet: { type: 'boolean' },
  } as const;
  const parse = (...args: string[]) => parseCommandLine({ args, options, allowPositionals: true });
  const { values, positionals } = parse(
    '--plan=a',
    '--record',
    '1',
    '--quiet',
    'b',
    '--record',
    '2',
    '--quiet',
  );
  expect({ ...values, positionals }).toEqual({
    plan: 'a',
    record: ['1', '2'],
    quiet: true,
    positionals: ['b'],
  });
  expect(() => parse('--plan', 'a', '--plan=a')).toThrow('--plan is there several times');
  expect(() => parse('--plans', 'a')).toThrow("Unknown option '--plans'");
});
