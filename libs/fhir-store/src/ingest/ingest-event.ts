import { randomUUID } from 'node:crypto';
import type { AccessEvent } from '@patient-access/events';

/** Who imports data, and into whose database. */
export interface ImportSource {
  /** the service that owns the database */
  owner: string;
  /** who imports */
  by: string;
}

/** `iss` of an event whose user acts for the plan and has no login at auth-service. */
const ADMINISTRATION = 'urn:payer-patient-access:administration';

/**
 * The event of one import transaction: how many resources of each type it stored. It never holds whose they are or
 * their content.
 *
 * @returns undefined when the transaction changed nothing
 */
export function ingestEvent(
  { owner, by }: ImportSource,
  tenant: string,
  results: readonly { type: string; status: string }[],
): AccessEvent | undefined {
  const counts: Record<string, number> = {};
  for (const { type, status } of results)
    if (status === 'created' || status === 'updated') counts[type] = (counts[type] ?? 0) + 1;
  if (Object.keys(counts).length === 0) return undefined;
  return {
    requestId: randomUUID(),
    service: owner,
    tenant,
    recorded: new Date().toISOString(),
    kind: 'ingest',
    action: 'import',
    outcome: '0',
    user: { iss: ADMINISTRATION, sub: by.slice(0, 64) },
    counts,
  };
}
