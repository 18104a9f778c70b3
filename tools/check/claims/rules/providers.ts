/** Rules about who gave the care, who billed it, and where it was given: all of them were there on that day. */
import { resourceName, type Served } from '../../conformance/supported.ts';
import { allCodes, type Claim, type ClaimConcept, type ClaimPeriod, firstCode } from '../claim.ts';
import type { PlanRecords } from '../plan-records.ts';
import type { ClaimRule, PlantedFault } from '../rule.ts';

interface Link {
  reference: string;
}

interface Qualified extends Served {
  qualification?: { code: ClaimConcept; period?: ClaimPeriod }[];
}

interface Role extends Served {
  period?: ClaimPeriod;
  practitioner?: Link;
  specialty?: ClaimConcept[];
  location?: Link[];
}

interface Place extends Served {
  status?: string;
  active?: boolean;
  type?: ClaimConcept[];
  managingOrganization?: Link;
}

const isOn = ({ start = '', end = '9999' }: ClaimPeriod = {}, day: string): boolean =>
  start <= day && day <= end;

const isRole = (resource: Served): resource is Role => resource.resourceType === 'PractitionerRole';

type RolesOf = (practitioner: string) => readonly Role[];

function rolesIn({ all }: PlanRecords): RolesOf {
  const roles = Map.groupBy([...all.values()].filter(isRole), ({ practitioner }) => practitioner?.reference);
  return (practitioner) => roles.get(practitioner) ?? [];
}

/** What is looked up about one claim or request. */
interface Looked {
  claim: Claim;
  /** of the care, or of the request for it */
  day: string;
  plan: PlanRecords;
  rolesOf: RolesOf;
}

/** Somebody was a clinician of the specialty: by an own qualification, and by a role at some place. */
function personProblem({ day, plan, rolesOf }: Looked, name: string, specialty: string): string[] {
  const person = plan.all.get(name) as Qualified | undefined;
  if (!person) return [`there is no ${name}`];
  const isOf = (concept: ClaimConcept) => specialty === '' || allCodes(concept).includes(specialty);
  const isQualified = person.qualification?.some(({ code, period }) => isOf(code) && isOn(period, day));
  if (!isQualified) return [`${name} was not qualified as ${specialty}`];
  const roles = rolesOf(name).filter(({ period }) => isOn(period, day));
  if (roles.length === 0) return [`${name} did not work on that day`];
  const fits = roles.some((role) => role.specialty?.some(isOf));
  return fits ? [] : [`${name} did not work as ${specialty}`];
}

function teamProblems(looked: Looked): string[] {
  const { claim, day, plan } = looked;
  return (claim.careTeam ?? []).flatMap(({ provider: { reference }, qualification }) => {
    const found = plan.all.get(reference);
    if (reference.startsWith('Practitioner/'))
      return personProblem(looked, reference, firstCode(qualification));
    if (!found) return [`there is no ${reference}`];
    if (isRole(found)) return isOn(found.period, day) ? [] : [`${reference} was over, or had not begun`];
    return organizationProblem(looked, reference);
  });
}

function organizationProblem({ plan }: Looked, name: string): string[] {
  const found = plan.all.get(name) as Place | undefined;
  if (!found?.active) return [`${name} is not active`];
  return found.type?.some((type) => allCodes(type).includes('prov')) ? [] : [`${name} gives no care`];
}

function billingProblem(looked: Looked): string[] {
  const { reference } = looked.claim.provider;
  return reference.startsWith('Practitioner/')
    ? personProblem(looked, reference, '')
    : organizationProblem(looked, reference);
}

/** The place is open, and of who billed: of the organization, or one where the person worked on that day. */
function placeProblem({ claim, day, plan, rolesOf }: Looked): string[] {
  const { reference: name = '' } = (claim['facility'] ?? {}) as Partial<Link>;
  const place = plan.all.get(name) as Place | undefined;
  if (place?.status !== 'active') return [`${name} is not open`];
  const { reference: by } = claim.provider;
  const isOfPerson = rolesOf(by).some(
    ({ period, location = [] }) => isOn(period, day) && location.some(({ reference }) => reference === name),
  );
  return place.managingOrganization?.reference === by || isOfPerson
    ? []
    : [`${name} is not a place of ${by}`];
}

const ofEachLooked = (problemsOf: (looked: Looked) => string[]) => (plan: PlanRecords) => {
  const rolesOf = rolesIn(plan);
  return [...plan.claims, ...plan.authorizations].flatMap((claim) => {
    const day = claim.use === 'claim' ? claim.billablePeriod.start : claim.created.slice(0, 10);
    const problems = problemsOf({ claim, day, plan, rolesOf });
    return problems.length > 0 ? [`${resourceName(claim)} of ${day}: ${problems.join('; ')}`] : [];
  });
};

const OVER = { start: '1990-01-01', end: '2001-12-31' };
const clinicianOf = ({ careTeam = [] }: Claim): string | undefined =>
  careTeam.map(({ provider }) => provider.reference).find((name) => name.startsWith('Practitioner/'));

/** A fault in what a claim refers to. */
const inReferred = (
  what: string,
  nameOf: (claim: Claim) => string | undefined,
  changed: (resource: Served) => Served,
): PlantedFault => ({
  what,
  in: (claim, { all }) => all.has(nameOf(claim) ?? ''),
  plant: (claim, { all }) =>
    [all.get(nameOf(claim) ?? '')].flatMap((found) => (found ? [changed(found)] : [])),
});

/** A fault in the roles of the first clinician whom a claim names. */
const inRoles = (what: string, changed: (role: Role) => Served): PlantedFault => ({
  what,
  in: (claim) => clinicianOf(claim) !== undefined,
  plant: (claim, plan) => rolesIn(plan)(clinicianOf(claim) ?? '').map(changed),
});

const facilityOf = (claim: Claim) => ((claim['facility'] ?? {}) as Partial<Link>).reference;
const organizationOf = ({ provider: { reference } }: Claim) =>
  reference.startsWith('Organization/') ? reference : undefined;

export const PROVIDER_RULES: readonly ClaimRule[] = [
  {
    name: 'who gave the care worked on that day, in that specialty',
    contradictions: ofEachLooked(teamProblems),
    faults: [
      inRoles('retired before it', (role) => ({ ...role, period: OVER })),
      inRoles('began after it', (role) => ({ ...role, period: { start: '2099-01-01' } })),
      inRoles('a role in another specialty', (role) => ({
        ...role,
        specialty: [{ coding: [{ code: '174400000X' }] }],
      })),
      inReferred('a qualification that had ended', clinicianOf, (person) => ({
        ...person,
        qualification: (person as Qualified).qualification?.map((each) => ({ ...each, period: OVER })),
      })),
      {
        ...inRoles('a request of somebody who had retired', (role) => ({ ...role, period: OVER })),
        of: 'authorizations',
      },
    ],
  },
  {
    name: 'who billed the care gives care, and did so on that day',
    contradictions: ofEachLooked(billingProblem),
    faults: [
      inReferred('an organization that is closed', organizationOf, (each) => ({ ...each, active: false })),
      inReferred('the bill of a payer', organizationOf, (each) => ({
        ...each,
        type: [{ coding: [{ code: 'pay' }] }],
      })),
      {
        ...inRoles('a dentist who had retired', (role) => ({ ...role, period: OVER })),
        in: ({ provider }) => provider.reference.startsWith('Practitioner/'),
      },
    ],
  },
  {
    name: 'the place of the care is open, and of who billed it',
    contradictions: ofEachLooked(placeProblem),
    faults: [
      inReferred('a place that is closed', facilityOf, (place) => ({ ...place, status: 'inactive' })),
      {
        what: 'the place of somebody else',
        in: (claim) => organizationOf(claim) !== undefined,
        plant: (claim, { all }) => {
          const other = [...all.values()].find(
            (each) => each.resourceType === 'Location' && resourceName(each) !== facilityOf(claim),
          );
          return other ? [{ ...claim, facility: { reference: resourceName(other) } }] : [];
        },
      },
    ],
  },
];
