import { expect, it } from '@jest/globals';
import { optionOfOthers, optionsOf } from '../../src/command-usage.ts';

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
  expect(optionOfOthers(USAGE, 'plan set', { id: 'a', value: 'b' })).toBeUndefined();
  expect(optionOfOthers(USAGE, 'plan set', { id: 'a', title: 'b' })).toBe('title');
  expect(optionOfOthers(USAGE, 'load', { quiet: true })).toBe('quiet');
});
