/** The installation that the journeys share, as they see it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { FhirClient, launch, type Session } from '@patient-access/first-call';
import { PREVIEW_INGEST_FILE, previewIngestSettings } from '@patient-access/topology';
import { type PreviewTenant, type DescribedMember, readPreview } from '@patient-access/preview';
import { waitUntil } from '@patient-access/testing';

export const directory = process.env['E2E_DIRECTORY'] ?? '';

export interface World {
  northwind: PreviewTenant;
  lakeside: PreviewTenant;
}

export function world(from = directory): World {
  const { tenants } = readPreview(from);
  const named = (id: string) => {
    const tenant = tenants.find((candidate) => candidate.id === id);
    if (!tenant) throw new Error(`no tenant ${id}`);
    return tenant;
  };
  return { northwind: named('northwind'), lakeside: named('lakeside') };
}

/** The settings of the running preview, as `npm run import` finds them in its default directory. */
export function ingestSettings(from = directory): Record<string, string> {
  return previewIngestSettings(readFileSync(join(from, PREVIEW_INGEST_FILE), 'utf8'));
}

/** The settings of `npm run admin`. */
export function adminSettings(): NodeJS.ProcessEnv {
  return parseEnv(readFileSync(join(directory, 'auth.env'), 'utf8'));
}

/** The preview member whose login begins with `given.` or ends with `.persona`. */
export function memberOf(tenant: PreviewTenant, persona: string): DescribedMember {
  const member = tenant.members.find(({ login }) => login.endsWith(`.${persona}`));
  if (!member) throw new Error(`no preview member ${persona}`);
  return member;
}

export const EVERYTHING = 'openid fhirUser launch/patient offline_access patient/*.rs patient/AuditEvent.rs';

/** Logs a member in and agrees to everything that the app requested. */
export async function connect(
  tenant: PreviewTenant,
  persona: string,
  scope = EVERYTHING,
  patientId?: string,
): Promise<{ session: Session; client: FhirClient }> {
  const { login, password, patientId: own } = memberOf(tenant, persona);
  const session = await launch({ ...tenant, login, password, scope, patientId: patientId ?? own });
  return { session, client: new FhirClient(tenant.fhirBase, session.accessToken) };
}

interface Entity {
  what?: { reference?: string; identifier?: { value?: string } };
  query?: string;
}
export interface JourneyAuditEvent {
  id: string;
  outcome: string;
  outcomeDesc?: string;
  subtype: { code: string }[];
  entity: Entity[];
  agent: { who: { reference?: string; identifier?: { value?: string } } }[];
}

const TRAIL_MS = 20_000;

/** The member's AuditEvents of the given requests, when all have arrived. @throws Error when they do not arrive */
export async function auditEvents(
  client: FhirClient,
  requestIds: readonly string[],
  limitMs = TRAIL_MS,
): Promise<JourneyAuditEvent[]> {
  let found: JourneyAuditEvent[] = [];
  const search = async () => {
    const all = (await client.search('AuditEvent?_count=100')) as unknown as JourneyAuditEvent[];
    found = all.filter((event) => requestIds.includes(event.entity[0]?.what?.identifier?.value ?? ''));
    return found.length >= requestIds.length && found;
  };
  const failure = () => `${found.length} of ${requestIds.length} AuditEvents`;
  return waitUntil(search, { withinMs: limitMs, failure });
}
