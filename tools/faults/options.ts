/** The arguments of `npm run test:faults`. */
import { parseArgs } from 'node:util';
import { BUGS } from './bugs.ts';

const MAX_MINUTES = 24 * 60;
const MAX_SEED = 2 ** 31;

export interface FaultTestOptions {
  /** for how long faults are injected into the product; 0 for not at all */
  minutes: number;
  /** seed of the order and the lengths of the faults */
  seed: number;
  /** names of seeded bugs that the test has to find */
  bugs: string[];
  /** whether the directory with the logs is kept */
  keep: boolean;
}

function number(name: string, text: string, max: number): number {
  const value = Number(text);
  if (text === '' || !(value >= 0 && value <= max)) throw new Error(`--${name}: a number from 0 to ${max}`);
  return value;
}

/** @throws Error with one line about a wrong argument */
export function faultTestOptions(): FaultTestOptions {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '2' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * MAX_SEED)) },
      bugs: { type: 'string', default: 'all' },
      keep: { type: 'boolean', default: false },
    },
  });
  const names = Object.keys(BUGS);
  const groups = new Map([
    ['all', names],
    ['quick', names.filter((name) => !BUGS[name]?.isSlow)],
    ['none', []],
  ]);
  const bugs = groups.get(values.bugs) ?? values.bugs.split(',');
  const unknown = bugs.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`--bugs: all, quick, none, or some of ${names.join(',')}`);
  return {
    minutes: number('minutes', values.minutes, MAX_MINUTES),
    seed: number('seed', values.seed, MAX_SEED),
    bugs,
    keep: values.keep,
  };
}
