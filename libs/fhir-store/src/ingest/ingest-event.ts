import { randomUUID } from 'node:crypto';
import { type AccessEvent, type ActOnRecords, MAX_REQUEST_CHARACTERS } from '@patient-access/events';
import { planOf } from '@patient-access/fhir';

/** Who imports data, and into whose database. */
export interface ImportSource {
  /** the service that owns the database */
  owner: string;
  /** who imports */
  by: string;
}

/** `iss` of an event whose user acts for the plan and has no login at auth-service. */
const ADMINISTRATION = 'urn:payer-patient-access:administration';

const MAX_NAME_CHARACTERS = 64;

/** What an act is about: whose records, of which type, which and how many, and in words what was done and why. */
type AboutAct = Pick<AccessEvent, 'member' | 'type' | 'resources' | 'counts' | 'request'>;

/** The event of an act on records. Nobody who acts for the plan has anything withheld from her, so no app sees it. */
export const eventOnRecords = (
  { owner, by }: ImportSource,
  tenant: string,
  action: ActOnRecords,
  { request, ...about }: AboutAct = {},
): AccessEvent => ({
  requestId: randomUUID(),
  service: owner,
  tenant: planOf(tenant),
  recorded: new Date().toISOString(),
  kind: 'ingest',
  action,
  outcome: '0',
  user: { iss: ADMINISTRATION, sub: by.slice(0, MAX_NAME_CHARACTERS) },
  ...about,
  ...(request !== undefined && { request: request.slice(0, MAX_REQUEST_CHARACTERS) }),
});

/**
 * That of an act which says what was done.
 *
 * @param tenant the plan, or what it publishes: the event says which
 * @param said settings and numbers, and nothing of a record; it is cut where an event takes no more
 */
export const actOnPlan = (
  source: ImportSource,
  tenant: string,
  action: ActOnRecords,
  said: readonly string[],
): AccessEvent => eventOnRecords(source, tenant, action, { request: [tenant, ...said].join(', ') });

/** What an import does to resources, by the status of their results. */
const ACTS = { created: 'import', updated: 'import', deleted: 'delete' } as const;

/**
 * The events of one import transaction: how many resources of each type it stored, and how many it deleted. They never
 * hold whose they are or their content.
 */
export function ingestEvents(
  source: ImportSource,
  tenant: string,
  results: readonly { type: string; status: string }[],
): AccessEvent[] {
  const acts = new Map<ActOnRecords, Record<string, number>>();
  for (const { type, status } of results) {
    const action: ActOnRecords | undefined = ACTS[status as keyof typeof ACTS];
    if (action === undefined) continue;
    const counts = acts.get(action) ?? {};
    acts.set(action, { ...counts, [type]: (counts[type] ?? 0) + 1 });
  }
  return [...acts].map(([action, counts]) => eventOnRecords(source, tenant, action, { counts }));
}
