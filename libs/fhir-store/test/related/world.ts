/** Resources that refer to each other, and the gateway's request for them. */
import type { RelatedRequest, Resource } from '@patient-access/fhir';
import { condition, observation, practitioner } from '@patient-access/testing';
import type { Answer } from '@patient-access/testing';
import { type Asker, startWorld, type World } from '../world.ts';

export const ETH = 'http://terminology.hl7.org/CodeSystem/v3-ActCode|ETH';
const [ethSystem, ethCode] = ETH.split('|');
const sensitive = { meta: { security: [{ system: ethSystem, code: ethCode }] } };

export const provenance = (id: string, ...targets: string[]): Resource => ({
  resourceType: 'Provenance',
  id,
  target: targets.map((reference) => ({ reference })),
  recorded: '2026-03-01T08:00:00Z',
  agent: [{ who: { reference: 'Practitioner/p1' } }],
});

/**
 * Anna and Ben of the plan north have similar resources, which refer to each other. The plan south has another Anna.
 */
export async function startRelated(): Promise<World> {
  const world = await startWorld();
  await world.store(
    'north',
    practitioner('p1', 'Berg'),
    condition('a1', 'anna', { extension: [{ url: 'urn:x', valueDecimal: 1.5 }] }),
    condition('b1', 'ben', { note: [{ text: 'canary of ben' }] }),
    condition('eth', 'anna', sensitive),
    observation('a-obs', 'anna', { focus: [{ reference: 'Condition/b1' }] }),
    observation('b-obs', 'ben', { focus: [{ reference: 'Condition/a1' }] }),
    { resourceType: 'Coverage', id: 'c1', beneficiary: { reference: 'Patient/anna' } },
  );
  await world.store('south', condition('s1', 'anna'), practitioner('sp1', 'Sund'));
  await world.store(
    'north',
    provenance('of-a1', 'Condition/a1'),
    provenance('of-b1', 'Condition/b1'),
    provenance('of-a-obs', 'Observation/a-obs'),
  );
  // Stores second versions.
  await world.store('north', condition('a1', 'anna', { recordedDate: '2026-02-02' }));
  return world;
}

const NOTHING: RelatedRequest = { include: [], revinclude: [] };

/** Sends the request that the gateway would send for a page. */
export function question(ask: Asker, about: Partial<RelatedRequest>, path = '$related') {
  const body = JSON.stringify({ ...NOTHING, ...about });
  return ask(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
}

interface Line {
  fullUrl: string;
  resource: Resource;
  search: { mode: string };
}

export const relatedLines = ({ text }: Answer): Line[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);

/** Among the resources that {@link startRelated} stores, only one second version has a date. */
const isSecond = (resource: Resource) => resource.resourceType === 'Condition' && 'recordedDate' in resource;

/** The returned resources as `Type/id/` and the number of the version, sorted. */
export const namesOf = (answer: Answer): string[] =>
  relatedLines(answer)
    .map(({ resource }) => `${resource.resourceType}/${resource.id}/${isSecond(resource) ? 2 : 1}`)
    .sort();
