/** What audit-service has stored, as the database has it. */
import type { System } from './system.ts';

/** An AuditEvent, as far as the test looks at it. */
export interface Stored {
  requestId: string;
  service: string;
  /** a FHIR interaction */
  isRest: boolean;
  bodyHash?: string;
  /** of a search: the request that it says it was for */
  probe?: string;
}

interface Body {
  extension?: { url: string; valueString?: string }[];
  source: { observer: { display: string } };
  entity: { what?: { identifier?: { value?: string } }; query?: string }[];
}

const BODY_HASH = 'urn:payer-patient-access:body-sha256';
/** Of consents, whose pattern has no entity for it. */
const REQUEST_ID = 'urn:payer-patient-access:request-id';

function stored({ kind, body: text }: { kind: string; body: string }): Stored {
  const body = JSON.parse(text) as Body;
  const extended = (name: string) => body.extension?.find(({ url }) => url === name)?.valueString;
  const bodyHash = extended(BODY_HASH);
  const query = body.entity.find((entity) => entity.query !== undefined)?.query ?? '';
  const probe = /[?&]probe=([\w-]+)/.exec(Buffer.from(query, 'base64').toString())?.[1];
  return {
    requestId: extended(REQUEST_ID) ?? body.entity[0]?.what?.identifier?.value ?? '',
    service: body.source.observer.display,
    isRest: kind === 'rest',
    ...(bodyHash !== undefined && { bodyHash }),
    ...(probe !== undefined && { probe }),
  };
}

/** @param since only what was recorded from then on */
export async function storedSince(system: System, since: Date): Promise<Stored[]> {
  const rows = await system.query('audit', 'SELECT kind, body FROM trail.audit_event WHERE recorded >= $1', [
    since,
  ]);
  return rows.map((row) => stored(row as { kind: string; body: string }));
}
