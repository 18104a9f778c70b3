/** `npm run admin -- sessions …` and `restore …`: see docs/administration.md. */
import type { Pool } from '@patient-access/database';
import { parseInstant } from '@patient-access/fhir';
import { actingUser } from '@patient-access/platform/acting-user';
import { ServiceTls, useForFetch } from '@patient-access/platform/service-tls';
import { endEverythingBefore } from '../domain/administration/plans/not-before.ts';
import { applyEnds } from '../domain/restore/apply-ends.ts';
import { trailOfEnds } from '../egress/trail-of-ends.ts';
import { loadTrailConfig } from '../config.ts';
import type { Command } from './command.ts';

export const RESTORE_USAGE = `  restore apply [--since <instant>]    ends again what the audit trail says has ended since; --since: of the backup
                [--end-all | --trail-is-whole]    where the trail was put back too: ends everything from before now;
                                       or the operators say that the trail has everything
  sessions end [--tenant <id>] [--before <instant>]    all tokens, sessions and grants from before; of all tenants or one`;

export const RESTORE_OPTIONS = {
  since: { type: 'string' },
  before: { type: 'string' },
  'end-all': { type: 'boolean' },
  'trail-is-whole': { type: 'boolean' },
} as const;

interface Given {
  tenant?: string;
  since?: string;
  before?: string;
  'end-all'?: boolean;
  'trail-is-whole'?: boolean;
}

function instantIn(text: string): Date {
  const at = parseInstant(text);
  if (!at) throw new Error(`--since: "${text}" is no instant with its offset, such as 2026-11-26T02:00:00Z`);
  return at;
}

/** Over TLS with the certificate of auth-service, where the services have certificates. */
function trail() {
  const config = loadTrailConfig();
  useForFetch(ServiceTls.of('auth-service', config));
  return trailOfEnds(config);
}

/** Where the operators end everything, nothing is left that the trail would have to know of. */
async function apply(pool: Pool, given: Given): Promise<unknown> {
  const { since, 'end-all': endAll = false, 'trail-is-whole': isWhole = false } = given;
  if (endAll) await endEverythingBefore({ pool, administrator: actingUser() }, {});
  return applyEnds(pool, trail(), {
    ...(since !== undefined && { since: instantIn(since) }),
    answeredFor: endAll || isWhole,
  });
}

export const RESTORE_COMMANDS: Record<string, Command<Given>> = {
  'restore apply': ({ pool }, given) => apply(pool, given),
  'sessions end': async ({ pool }, { tenant, before }) => ({
    tenants: await endEverythingBefore({ pool, tenant, administrator: actingUser() }, { before }),
  }),
};
