import { parseArgs } from 'node:util';
import { tenantNamed, TENANT_NAMES } from './tenants.ts';

const MEMBERS_DEFAULT = 50;
const SEED_DEFAULT = 1;

export interface CommandOptions {
  tenant: string;
  members: number;
  seed: number;
  /** Print a table instead of the population: of the preview members, or of the kinds of history. */
  table: boolean;
  kinds: boolean;
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
      kinds: { type: 'boolean', default: false },
    },
  });
  // The table of the kinds is about all plans.
  if (values.tenant === undefined && !values.kinds)
    throw new Error(`--tenant is required: ${TENANT_NAMES.join(', ')}`);
  return {
    tenant: tenantNamed(values.tenant ?? TENANT_NAMES[0] ?? '').name,
    members: wholeNumber('members', values.members, MEMBERS_DEFAULT),
    seed: wholeNumber('seed', values.seed, SEED_DEFAULT),
    table: values.table,
    kinds: values.kinds,
  };
}

function wholeNumber(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name} must be a whole number, not "${text}"`);
  return Number(text);
}
