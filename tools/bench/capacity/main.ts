/**
 * `npm run capacity [-- --members N --apps 0.05 --years 10]`: what a payer needs. `--write` writes the tables of
 * docs/capacity.md anew, for the payer of that page.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { expectedPage, FILE, tables } from './page.ts';
import { TEN_MILLION } from './payer.ts';

const { values } = parseArgs({
  options: {
    members: { type: 'string', default: String(TEN_MILLION.members) },
    apps: { type: 'string', default: String(TEN_MILLION.appShare) },
    years: { type: 'string', default: String(TEN_MILLION.years) },
    write: { type: 'boolean', default: false },
  },
});

function positive(name: 'members' | 'apps' | 'years'): number {
  const value = Number(values[name]);
  if (value > 0 && Number.isFinite(value)) return value;
  console.error(`--${name}: a number above 0`);
  process.exit(1);
}

if (values.write) {
  const file = join(resolve(import.meta.dirname, '../../..'), FILE);
  writeFileSync(file, expectedPage(readFileSync(file, 'utf8')));
} else {
  const payer = {
    ...TEN_MILLION,
    members: positive('members'),
    appShare: positive('apps'),
    years: positive('years'),
  };
  console.log(tables(payer));
}
