/** Reads a member's whole record and what it refers to, as an app does. */
import type { FhirClient } from '@patient-access/first-call';
import { definitions, servedTypes } from '@patient-access/fhir';
import { resourceName, type Served } from './supported.ts';

/** Their own events are no part of what the guides ask for, and reading them makes more. */
const NOT_READ = new Set(['AuditEvent', 'Binary', 'Consent', 'Patient']);

/** What the plan has for everybody is read where the record refers to it. */
function isOfMembers(type: string): boolean {
  const { membership, search = {} } = definitions.get(type) ?? {};
  return membership?.by !== 'none' && 'patient' in search && !NOT_READ.has(type);
}

function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = 'reference' in value && typeof value.reference === 'string' ? [value.reference] : [];
  return [...own, ...Object.values(value).flatMap(referencesIn)];
}

/** @throws Error when a search is refused */
export async function servedRecord(client: FhirClient, patientId: string): Promise<Served[]> {
  const found = new Map<string, Served>();
  const keep = (resource: Served) => found.set(resourceName(resource), resource);
  keep(await client.json<Served>(`Patient/${patientId}`));
  for (const type of servedTypes.filter(isOfMembers)) {
    const resources = await client.search(`${type}?patient=${patientId}&_count=200`);
    for (const resource of resources) keep(resource as Served);
  }
  for (let wanted = missing(found); wanted.length > 0; wanted = missing(found)) {
    for (const name of wanted) {
      const response = await client.get(name);
      if (response.status === 200) keep((await response.json()) as Served);
      else found.set(name, { resourceType: 'Unreadable', id: name });
    }
  }
  return [...found.values()].filter(({ resourceType }) => resourceType !== 'Unreadable');
}

function missing(found: ReadonlyMap<string, Served>): string[] {
  const named = [...found.values()].flatMap(referencesIn);
  return [...new Set(named)].filter(
    (name) => /^[A-Z]\w+\/[\w.-]+$/.test(name) && !found.has(name) && !name.startsWith('Binary/'),
  );
}
