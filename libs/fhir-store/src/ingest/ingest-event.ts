import { randomUUID } from 'node:crypto';
import type { AccessEvent } from '@patient-access/events';

/** Who brings data in, and whose database it goes to. */
export interface ImportSource {
  /** the service that owns the database */
  owner: string;
  /** who imports */
  by: string;
}

/** `iss` of a person who acts for the plan and has no login here. */
const ADMINISTRATION = 'urn:payer-patient-access:administration';

/**
 * What one transaction of an import stored, by type; never whose it is or what it says.
 *
 * @returns undefined when it changed nothing
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
