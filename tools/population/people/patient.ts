import { COMPLETE_PERSON, formerAddressesOf, formerNamesOf } from '../complete/person.ts';
import { isoDate, PLANS_START_DAY } from '../fhir/dates.ts';
import { random } from '../fhir/random.ts';
import {
  c4bb,
  codedConcept,
  insuranceCard,
  meta,
  usCoreProfile,
  type SyntheticResource,
} from '../fhir/resource.ts';
import { carinSystem, hl7, SNOMED } from '../fhir/systems.ts';
import { patientId, recordedAfter, type Scope } from '../scope.ts';
import type { SyntheticMember } from './families.ts';

const US_CORE_EXTENSION = 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-';
const CDC_RACE = 'urn:oid:2.16.840.1.113883.6.238';
const RACES = [
  ['2106-3', 'White'],
  ['2054-5', 'Black or African American'],
  ['2028-9', 'Asian'],
  ['1002-5', 'American Indian or Alaska Native'],
] as const;
const ETHNICITIES = [
  ['2186-5', 'Not Hispanic or Latino'],
  ['2135-2', 'Hispanic or Latino'],
] as const;
const LANGUAGES = [
  ['en', 'English'],
  ['en', 'English'],
  ['es', 'Spanish'],
] as const;
const SEX = { female: ['F', '248152002', 'Female'], male: ['M', '248153007', 'Male'] } as const;

/** Patient of a member: US Core 6.1.0 and C4BB at once, as the enrolment system knows the person. */
export function patientOf(scope: Scope): SyntheticResource {
  const { member, tenant, enrollment } = scope;
  return {
    resourceType: 'Patient',
    id: patientId(tenant, member),
    meta: meta(
      [usCoreProfile('patient'), c4bb('Patient'), ...cardProfile(member)],
      recordedAfter(scope, enrollment.startDay),
    ),
    extension: demographics(member),
    identifier: [
      {
        type: codedConcept(hl7('v2-0203'), 'MB', 'Member Number'),
        system: `${tenant.base}/member-number`,
        value: enrollment.memberNumber,
      },
      {
        type: codedConcept(carinSystem('C4BBIdentifierType'), 'um', 'Unique Member ID'),
        system: `${tenant.base}/unique-member-id`,
        value: enrollment.uniqueMemberId,
      },
    ],
    active: true,
    name: [nameOf(member), ...formerNamesOf(member)],
    telecom: telecomOf(member, tenant.name),
    gender: member.gender,
    birthDate: isoDate(member.birthDay),
    ...(member.deathDay !== undefined && { deceasedDateTime: isoDate(member.deathDay) }),
    address: [addressOf(member), ...formerAddressesOf(member)],
    maritalStatus: maritalStatus(scope),
    communication: [languageOf(member)],
  };
}

/** The card has one name, so that of somebody with former names does not follow its profile. */
function cardProfile(member: SyntheticMember): string[] {
  return formerNamesOf(member).length > 0 ? [] : [insuranceCard('Patient')];
}

/** HumanName of a member. */
export function nameOf(member: SyntheticMember): object {
  const suffix = member.persona === 'complete' && { suffix: [COMPLETE_PERSON.suffix] };
  return { use: 'official', family: member.family, given: [member.given, member.middle], ...suffix };
}

/** Telephone and e-mail of a member; both kinds of value are reserved for examples. */
export function telecomOf(member: SyntheticMember, tenantName: string): object[] {
  const mailbox = `${member.given}.${member.family}.${member.key}`.toLowerCase();
  return [
    { system: 'phone', value: member.phone, use: 'mobile', rank: 1 },
    { system: 'email', value: `${mailbox}@mail.${tenantName}.example`, use: 'home' },
  ];
}

/** Home address of a member. */
export function addressOf(member: SyntheticMember): object {
  const { line, city, state, postalCode } = member.address;
  const period = { start: isoDate(Math.max(member.birthDay, PLANS_START_DAY - 700)) };
  return { use: 'home', type: 'both', line: [line], city, state, postalCode, country: 'US', period };
}

function demographics(member: SyntheticMember): object[] {
  const stream = random(`demographics/${member.familyKey}/${member.family}`);
  const isComplete = member.persona === 'complete';
  const [raceCode, race] = isComplete ? COMPLETE_PERSON.race : stream.pick(RACES);
  const [ethnicityCode, ethnicity] = stream.pick(ETHNICITIES);
  const [birthSex, sex, sexDisplay] = SEX[member.gender];
  const category = (code: string, display: string) => ({
    url: 'ombCategory',
    valueCoding: { system: CDC_RACE, code, display },
  });
  return [
    {
      extension: [category(raceCode, race), { url: 'text', valueString: race }],
      url: `${US_CORE_EXTENSION}race`,
    },
    {
      extension: [category(ethnicityCode, ethnicity), { url: 'text', valueString: ethnicity }],
      url: `${US_CORE_EXTENSION}ethnicity`,
    },
    { url: `${US_CORE_EXTENSION}birthsex`, valueCode: birthSex },
    { url: `${US_CORE_EXTENSION}sex`, valueCode: sex },
    {
      url: `${US_CORE_EXTENSION}genderIdentity`,
      valueCodeableConcept: codedConcept(
        SNOMED,
        member.gender === 'female' ? '446141000124107' : '446151000124109',
        `Identifies as ${sexDisplay.toLowerCase()} gender`,
      ),
    },
    ...(isComplete ? [COMPLETE_PERSON.tribe] : []),
  ];
}

function maritalStatus(scope: Scope): object {
  const system = hl7('v3-MaritalStatus');
  const married = scope.member.relationship === 'spouse' || scope.enrollment.withSpouse;
  return married && scope.member.relationship !== 'child'
    ? codedConcept(system, 'M', 'Married')
    : codedConcept(system, 'S', 'Never Married');
}

function languageOf(member: SyntheticMember): object {
  const [code, display] = random(`language/${member.familyKey}/${member.family}`).pick(LANGUAGES);
  return { language: codedConcept('urn:ietf:bcp:47', code, display), preferred: true };
}
