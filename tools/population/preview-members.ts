import { enroll } from './coverage/enrollment.ts';
import { dayFrom, isoDate, USUAL_TODAY } from './fhir/dates.ts';
import { familyAt, fullName, type SyntheticMember } from './people/families.ts';
import { PERSONAS, PREVIEW_FAMILIES, type Persona, type Relationship } from './people/personas.ts';
import { representativeId, subscriberId } from './people/related-person.ts';
import { patientId } from './scope.ts';
import { paddedTable } from './padded-table.ts';
import { tenantNamed, type SyntheticPlan } from './tenants.ts';

/** The one password of all preview logins; it opens made-up records only. */
const PREVIEW_PASSWORD = 'preview-only-password';

/** The login of each preview plan's auditor. */
export const PREVIEW_AUDITOR = { login: 'audrey.auditor', password: PREVIEW_PASSWORD };

const ADULT_AGE = 18;
/** Who is in the preview families does not depend on the seed of the rest. */
const ANY_SEED = 1;

/** A login of the preview and the members it may see, itself first. */
export interface PreviewMember {
  login: string;
  password: string;
  patientId: string;
  about: string;
  /** The record has an example of every must-support of the guides. */
  isComplete?: boolean;
  /** who logs in, for a login that is not a member itself: `RelatedPerson/<id>` */
  fhirUser?: string;
  patients: {
    id: string;
    relationship: Relationship;
    name: string;
    /** who the login's person is in this member's record */
    fhirUser?: string;
    /** last day of the coverage of a member who has left the plan */
    coverageEnd?: string;
  }[];
}

/**
 * The logins of a tenant. A subscriber sees self and minor children, a representative the member who has died;
 * everybody else sees only self.
 * @param today `YYYY-MM-DD`
 * @throws RangeError for an unknown tenant
 */
export function previewMembers(tenantName: string, today = USUAL_TODAY): PreviewMember[] {
  const tenant = tenantNamed(tenantName);
  return PREVIEW_FAMILIES.flatMap((_, index) => {
    const family = familyAt(tenant, { seed: ANY_SEED, today: dayFrom(today) }, index);
    return family.flatMap((member) => previewMember(tenant, member, family));
  });
}

/** A member who has no login, and makes one with what stands here. */
export interface JoiningMember {
  patientId: string;
  /** of the card */
  number: string;
  given: string;
  family: string;
  birthDate: string;
  email: string;
}

/** The subscriber of the first family after those of the preview; the record is there from 14 members on. */
export function joiningMember(tenantName: string, seed: number, today = USUAL_TODAY): JoiningMember {
  const tenant = tenantNamed(tenantName);
  const world = { tenant, seed, today: dayFrom(today) };
  const family = familyAt(tenant, world, PREVIEW_FAMILIES.length);
  const [member] = family;
  if (!member) throw new Error('a family without a subscriber');
  const { given, family: surname, birthDay } = member;
  return {
    patientId: patientId(tenant, member),
    number: enroll(world, member, family).memberNumber,
    given,
    family: surname,
    birthDate: isoDate(birthDay),
    email: `${given}.${surname}@members.example`.toLowerCase().replaceAll(' ', ''),
  };
}

function previewMember(
  tenant: SyntheticPlan,
  member: SyntheticMember,
  family: readonly SyntheticMember[],
): PreviewMember[] {
  const persona = member.persona;
  const about = persona && PERSONAS[persona].about;
  if (persona === undefined || about === undefined) return [];
  if (member.deathDay !== undefined) return [representative(tenant, member, about)];
  const isMinor = ({ persona: part }: SyntheticMember) =>
    part !== undefined && PERSONAS[part].age < ADULT_AGE;
  const minors = member.relationship === 'self' ? family.filter(isMinor) : [];
  const self = {
    id: patientId(tenant, member),
    relationship: 'self' as const,
    name: fullName(member),
    ...(member.leftOn !== undefined && { coverageEnd: isoDate(member.leftOn) }),
  };
  return [
    {
      login: loginOf(member.given, persona),
      password: PREVIEW_PASSWORD,
      patientId: self.id,
      about,
      patients: [
        self,
        ...minors.map((child) => ({
          id: patientId(tenant, child),
          relationship: child.relationship,
          name: fullName(child),
          fhirUser: `RelatedPerson/${subscriberId({ tenant, member: child })}`,
        })),
      ],
    },
  ];
}

/** A member who has died does not log in: a representative does, who is no member. */
function representative(tenant: SyntheticPlan, member: SyntheticMember, about: string): PreviewMember {
  const id = patientId(tenant, member);
  return {
    login: `${tenant.representative}.representative`.toLowerCase(),
    password: PREVIEW_PASSWORD,
    patientId: id,
    about,
    isComplete: member.persona === 'complete',
    fhirUser: `RelatedPerson/${representativeId({ tenant, member })}`,
    patients: [{ id, relationship: 'child', name: fullName(member) }],
  };
}

function loginOf(given: string, persona: Persona): string {
  return `${given}.${persona}`.toLowerCase();
}

/** The logins of a tenant as a Markdown table, columns padded as the formatter has them. */
export function previewTable(tenantName: string): string {
  const rows = previewMembers(tenantName).map(({ login, patientId: id, about, patients }) => {
    const seen = patients.map(({ name, relationship }) => `${name} (${relationship})`).join(', ');
    return [`\`${login}\``, about, seen, `\`Patient/${id}\``];
  });
  const head = ['login', 'what is special', 'sees', 'own record'];
  return `${paddedTable(head, rows)}\nPassword of all: \`${PREVIEW_PASSWORD}\`\n`;
}
