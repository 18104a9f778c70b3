/** Reads a member's whole record and what it refers to, as an app does. */
import type { FhirClient } from '@patient-access/first-call';
import { servedTypes } from '@patient-access/fhir';
import { resourceName, type Served } from './supported.ts';

/** Their own events are no part of what the guides ask for, and reading them makes more. */
const NOT_READ = new Set(['AuditEvent', 'Binary', 'Consent', 'Patient']);

function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = 'reference' in value && typeof value.reference === 'string' ? [value.reference] : [];
  return [...own, ...Object.values(value).flatMap(referencesIn)];
}

/** @throws Error when a search or a read is refused; a type without rows is no error */
export async function servedRecord(client: FhirClient, patientId: string): Promise<Served[]> {
  const found = new Map<string, Served>();
  const keep = (resource: Served) => found.set(resourceName(resource), resource);
  keep(await client.json<Served>(`Patient/${patientId}`));
  for (const type of servedTypes.filter((each) => !NOT_READ.has(each))) {
    const response = await client.get(`${type}?patient=${patientId}&_count=1`);
    await response.body?.cancel();
    if (response.status !== 200) continue;
    for (const resource of await client.search(`${type}?patient=${patientId}&_count=200`))
      keep(resource as Served);
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
