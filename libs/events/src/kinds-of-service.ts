/**
 * What each service may record. A service that somebody has taken over has its own key, and its key speaks for its name. So
 * it must not be able to say under its name what only another one does: that a consent ended, that the trail was restored, or
 * that a type of another service left (security case A26).
 */
import { typesGivenBy } from '@patient-access/fhir';
import { RECORD_SERVICES } from '@patient-access/topology';
import type { AccessEvent } from './access-event.ts';

type Kind = AccessEvent['kind'];
/** What of an event is compared. */
type Spoken = Pick<AccessEvent, 'service' | 'kind' | 'counts' | 'resources' | 'resource'>;

/** What the edge of every service records of requests that no handler has recorded. */
const OF_EVERY_EDGE: readonly Kind[] = ['attempt', 'denied-attempts'];
const OF_RECORDS: readonly Kind[] = [...OF_EVERY_EDGE, 'published-reads', 'rest', 'ingest'];

const KINDS: ReadonlyMap<string, ReadonlySet<Kind>> = new Map<string, ReadonlySet<Kind>>([
  ...RECORD_SERVICES.map((service) => [service, new Set(OF_RECORDS)] as const),
  ['audit-service', new Set<Kind>([...OF_EVERY_EDGE, 'rest', 'trail'])],
  [
    'auth-service',
    new Set<Kind>([
      ...OF_EVERY_EDGE,
      ...(['login', 'consent', 'token', 'receipt', 'launch', 'authorization'] as const),
      ...(['administration', 'account', 'rest'] as const),
    ]),
  ],
]);

/**
 * The types of which each service gives resources away, or once did. Old records are verified by this table, too. So when a type
 * moves to another service, add it here for its former owner, where it stays for ever: otherwise all records of it that the
 * former owner signed would be foreign (docs/audit-design.md).
 */
const TYPES: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ...([...RECORD_SERVICES, 'audit-service'] as const).map(
    (service) => [service, typesGivenBy(service)] as const,
  ),
  ['auth-service', new Set(['Person'])],
]);
/** What an event says that left, by type: an answer without a resource of a type says nothing of it. */
function* typesIn({ counts = {}, resources = {}, resource }: Spoken): Generator<string> {
  for (const [type, count] of Object.entries(counts)) if (count > 0) yield type;
  yield* Object.keys(resources);
  if (resource) yield resource.reference.split('/')[0] ?? '';
}

/**
 * @param service whose key signed the event: `claims-service`
 * @returns why the service cannot have recorded it; undefined: it can
 */
export function beyondService(service: string, event: Spoken): string | undefined {
  // A part of a service names itself behind it: `auth-service/launch`.
  if (event.service !== service && !event.service.startsWith(`${service}/`))
    return 'the record is of another service than its producer';
  if (!KINDS.get(service)?.has(event.kind)) return `${service} does not record ${event.kind}`;
  // An import of one service may be about persons, whose type another one owns: two records became one person's.
  if (event.kind !== 'rest') return undefined;
  for (const type of typesIn(event))
    if (!TYPES.get(service)?.has(type)) return `${service} does not give away ${type}`;
  return undefined;
}
