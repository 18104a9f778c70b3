/** A part of a plan's records that has each kind of them. */
import { referencesOf, type Resource } from '@patient-access/fhir';

const CLAIM = 'ExplanationOfBenefit';
/** Resources that name the same profiles are alike. */
const kindOf = ({ resourceType, meta }: Resource) => `${resourceType} ${JSON.stringify(meta?.['profile'])}`;
const patientOf = (resource: Resource) => JSON.stringify(resource['patient']);
const hasSums = (resource: Resource) => JSON.stringify(resource).includes('"usedMoney"');

/** @returns some records of each kind, with all that they refer to, all claims of whose sums they tell, and all plans */
export function someOfEach(all: readonly Resource[], count: number): Resource[] {
  const byName = new Map(all.map((each) => [`${each.resourceType}/${each.id}`, each]));
  const taken = new Set<Resource>();
  const take = (resource: Resource): void => {
    if (taken.has(resource)) return;
    taken.add(resource);
    for (const { to } of referencesOf(resource)) {
      const other = typeof to === 'string' ? undefined : byName.get(`${to.type}/${to.id}`);
      if (other) take(other);
    }
  };
  for (const alike of Map.groupBy(all, kindOf).values()) alike.slice(0, count).forEach(take);
  const members = new Set([...taken].filter(hasSums).map(patientOf));
  const isNeeded = (each: Resource) =>
    each.resourceType === 'InsurancePlan' || (each.resourceType === CLAIM && members.has(patientOf(each)));
  all.filter(isNeeded).forEach(take);
  return [...taken];
}
