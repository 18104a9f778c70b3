import { parseArgs, type ParseArgsConfig } from 'node:util';

/** A command at the head of a line: its words, before its options and what it reads or writes. */
const HEAD = /^ {2}(.*?)(?= +(?:--|[[<>])| {2}|$)/;
const LABELLED = /\n(?= {6}[a-z-]+(?:, [a-z-]+)*: )/;

interface Part {
  /** before the colon */
  names: string[];
  text: string;
}

interface Entry {
  commands: string[];
  text: string;
  parts: Part[];
}

/** `relation list | set` is the commands `relation list` and `relation set`. */
const commandsIn = (words: string): string[] =>
  words
    .replace(/ \| /g, '|')
    .split(' ')
    .map((word) => word.split('|'))
    .reduce((before, each) => before.flatMap((first) => each.map((next) => `${first} ${next}`.trim())), ['']);

function entriesOf(usage: string): Entry[] {
  return usage.split(/\n(?= {2}\S)/).map((entry) => {
    const [text = '', ...labelled] = entry.split(LABELLED);
    const parts = labelled.map((part) => ({
      names: part.trim().split(':')[0]?.split(', ') ?? [],
      text: part,
    }));
    return { commands: commandsIn(HEAD.exec(text)?.[1] ?? ''), text, parts };
  });
}

/**
 * The options that a usage text names for a command. All commands of a program are parsed with the same options, so what
 * only others take has to be refused: who types `sessions end --login maria` would end the sessions of everybody.
 *
 * @param usage a line that begins with two spaces and a command, such as `relation list | set --tenant <id>`, and below it lines
 *   with more spaces. One of six spaces and `set: ` is for that one of them. One of `metadata: ` is for each command, also of
 *   another line, that has `[metadata]`
 * @param command its words
 * @returns names without dashes
 */
export function optionsOf(usage: string, command: string): Set<string> {
  const entries = entriesOf(usage);
  const verb = command.split(' ').at(-1) ?? '';
  const own = entries
    .filter(({ commands }) => commands.includes(command))
    .flatMap(({ text, parts }) => [
      text,
      ...parts.filter(({ names }) => names.includes(verb)).map((part) => part.text),
    ]);
  const referred = entries
    .flatMap(({ parts }) => parts)
    .filter(({ names }) => names.some((name) => own.some((text) => text.includes(`[${name}]`))))
    .map(({ text }) => text);
  const named = [...own, ...referred].flatMap((text) => [...text.matchAll(/--([a-z][a-z-]*)/g)]);
  return new Set(named.map(([, name = '']) => name));
}

/** No such command, an option that it does not take, or one option twice. */
export class CommandRefused extends Error {}

/**
 * As `parseArgs`, but an option with one value may stand there once. `parseArgs` takes the last value: who types two records to
 * withdraw would believe that both are gone, and who types two plans would load a file into the second one.
 *
 * @throws CommandRefused for an option that stands there twice; TypeError for one that does not exist
 */
export function parseCommandLine<Config extends ParseArgsConfig>(
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  const { tokens = [], ...parsed } = parseArgs({ ...config, tokens: true });
  const seen = new Set<string>();
  for (const token of tokens) {
    if (token.kind !== 'option' || token.value === undefined || config.options?.[token.name]?.multiple)
      continue;
    if (seen.has(token.name)) throw new CommandRefused(`--${token.name} is there several times`);
    seen.add(token.name);
  }
  return parsed as ReturnType<typeof parseArgs<Config>>;
}

/**
 * Finds the command that was typed.
 *
 * @param commands by their words
 * @param usage names the options of each, see {@link optionsOf}
 * @param words as they were typed
 * @param given the options, by name
 * @throws CommandRefused with the usage, or with the option that only others take
 */
export function commandNamed<Command>(
  { commands, usage }: { commands: Readonly<Record<string, Command>>; usage: string },
  words: readonly string[],
  given: object,
): Command {
  const name = words.join(' ');
  // Every object has a member `constructor`.
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) throw new CommandRefused(usage);
  const own = optionsOf(usage, name);
  const ofOthers = Object.keys(given).find((option) => !own.has(option));
  if (ofOthers !== undefined) throw new CommandRefused(`${name} takes no --${ofOthers}`);
  return command;
}
