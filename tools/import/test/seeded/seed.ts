/** Plants errors in copies of right resources, with what they refer to. */
import { referencesOf, type Resource } from '@patient-access/fhir';
import { population, published } from '@patient-access/population';
import { SEEDED_ERRORS, type SeededSet } from './errors.ts';

type Json = Record<string, unknown>;

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null;
const has = (resource: Resource, text: string) => JSON.stringify(resource).includes(text);
const claim = (profile: string) => (each: Resource) =>
  each.resourceType === 'ExplanationOfBenefit' && JSON.stringify(each.meta).includes(`${profile}|`);
const type = (name: string) => (each: Resource) => each.resourceType === name;

/** The kinds of resources that errors are planted in. */
const KINDS: Readonly<Record<string, (resource: Resource) => boolean>> = {
  oral: claim('Oral'),
  professional: claim('Professional-NonClinician'),
  inpatient: claim('Inpatient-Institutional'),
  pharmacy: claim('Pharmacy'),
  balance: (each) => type('ExplanationOfBenefit')(each) && has(each, '"usedMoney"'),
  authorization: (each) =>
    claim('pdex-priorauthorization')(each) && has(each, 'allowedunits') && has(each, 'reviewActionCode'),
  patient: type('Patient'),
  coverage: type('Coverage'),
  answer: type('CoverageEligibilityResponse'),
  weight: (each) => type('Observation')(each) && has(each, 'us-core-body-weight'),
  condition: type('Condition'),
  prescription: type('MedicationRequest'),
  visit: type('Encounter'),
  practitioner: type('Practitioner'),
  organization: type('Organization'),
  document: type('DocumentReference'),
  role: type('PractitionerRole'),
  place: type('Location'),
  affiliation: type('OrganizationAffiliation'),
  endpoint: type('Endpoint'),
  plan: type('InsurancePlan'),
  item: type('Basic'),
  drug: type('MedicationKnowledge'),
  formulary: (each) => type('InsurancePlan')(each) && has(each, 'usdf-Formulary|'),
};

function rightResources(set: SeededSet): Resource[] {
  const made =
    set === '2023' || set === '2027'
      ? [...population({ tenant: set === '2023' ? 'northwind' : 'lakeside', members: 12, seed: 1 })]
      : published('northwind', 1)[set === 'directory' ? 'provider-directory' : 'formulary'];
  return made as unknown as Resource[];
}

/** @returns where a step leads: the name in JSON, or the index of an item */
function keyOf(value: Json, step: string): string | number {
  if (!Array.isArray(value) || /^\d+$/.test(step)) return step;
  const at = value.findIndex((item) => JSON.stringify(item).includes(step));
  if (at < 0) throw new Error(`no item with ${step}`);
  return at;
}

/** @throws Error when the path leads nowhere: then nothing would be planted */
function change(resource: Resource, path: string, to: unknown): void {
  const steps = path.split(/[.[\]]+/).filter((step) => step !== '');
  let parent: unknown = resource;
  for (const step of steps.slice(0, -1)) {
    parent = isJson(parent) ? parent[keyOf(parent, step)] : undefined;
    if (!isJson(parent)) throw new Error(`${path} leads nowhere in a ${resource.resourceType}`);
  }
  const key = keyOf(parent as Json, steps.at(-1) ?? '');
  if (Array.isArray(parent) && to === undefined) parent.splice(Number(key), 1);
  else if (to === undefined) delete (parent as Json)[key];
  else (parent as Json)[key] = to;
}

const isClaimOf = (each: Resource, { patient }: Resource) =>
  type('ExplanationOfBenefit')(each) && JSON.stringify(each['patient']) === JSON.stringify(patient);

/** A resource with one error. */
interface Planted {
  id: string;
  name: string;
  found: RegExp;
  resource: Resource;
}

/** @returns resources with an error each, and right ones: those that they were copied from, with all that is referred to */
export function plantedErrors(set: SeededSet): { planted: Planted[]; right: Resource[] } {
  const all = rightResources(set);
  const byName = new Map(all.map((each) => [`${each.resourceType}/${each.id}`, each]));
  const right = new Map<string, Resource>();
  const take = (resource: Resource): void => {
    const name = `${resource.resourceType}/${resource.id}`;
    if (right.has(name)) return;
    right.set(name, resource);
    for (const { to } of referencesOf(resource)) {
      const other = typeof to === 'string' ? undefined : byName.get(`${to.type}/${to.id}`);
      if (other) take(other);
    }
  };
  const planted = SEEDED_ERRORS[set].map(([name, of, changes, found, unnamed], at) => {
    const isOf = (each: Resource) => KINDS[of]?.(each) ?? false;
    // The sums of a member are compared only where nothing is planted in the member's claims.
    const original = of === 'answer' ? all.findLast(isOf) : all.find(isOf);
    if (!original) throw new Error(`no ${of} to plant "${name}" in`);
    take(original);
    if (of === 'answer') all.filter((each) => isClaimOf(each, original)).forEach(take);
    const resource = structuredClone(original);
    resource.id = `seeded-${at + 1}`;
    if (unnamed) delete resource.meta?.['profile'];
    for (const [path, to] of Object.entries(changes)) change(resource, path, to);
    return { id: resource.id, name, found, resource };
  });
  return { planted, right: [...right.values()] };
}
