import { parseArgs } from 'node:util';
import { tenantNamed, TENANT_NAMES } from './tenants.ts';

const MEMBERS_DEFAULT = 50;
const SEED_DEFAULT = 1;

export interface CommandOptions {
  tenant: string;
  members: number;
  seed: number;
  /** Print the table of preview members instead of the population. */
  table: boolean;
}

/**
 * The command line as options.
 * @throws Error whose message is one line for the user
 */
export function populationOptions(args: string[]): CommandOptions {
  const { values } = parseArgs({
    args,
    options: {
      tenant: { type: 'string' },
      members: { type: 'string' },
      seed: { type: 'string' },
      table: { type: 'boolean', default: false },
    },
  });
  if (values.tenant === undefined) throw new Error(`--tenant is required: ${TENANT_NAMES.join(', ')}`);
  return {
    tenant: tenantNamed(values.tenant).name,
    members: wholeNumber('members', values.members, MEMBERS_DEFAULT),
    seed: wholeNumber('seed', values.seed, SEED_DEFAULT),
    table: values.table,
  };
}

function wholeNumber(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name} must be a whole number, not "${text}"`);
  return Number(text);
}
