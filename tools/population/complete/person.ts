import { isoDate } from '../fhir/dates.ts';
import { codedConcept } from '../fhir/resource.ts';
import { hl7 } from '../fhir/systems.ts';
import type { SyntheticMember } from '../people/families.ts';

const DAYS_PER_YEAR = 365;
const TRIBAL_AFFILIATION = 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-tribal-affiliation';

/** What the guides can say about a person and only the complete member has. */
export const COMPLETE_PERSON = {
  suffix: 'II',
  race: ['1002-5', 'American Indian or Alaska Native'],
  tribe: {
    extension: [
      {
        url: 'tribalAffiliation',
        valueCodeableConcept: codedConcept(hl7('v3-TribalEntityUS'), '102', 'Hoh Indian Tribe'),
      },
    ],
    url: TRIBAL_AFFILIATION,
  },
  /** the name before an adoption, and the address before the move of the same day */
  formerFamily: 'Everhart',
  formerAddress: { line: ['18 Old Mill Road'], city: 'Portland', state: 'OR', postalCode: '97201' },
  changedAtAge: 8,
} as const;

const changeDay = ({ birthDay }: SyntheticMember) => birthDay + COMPLETE_PERSON.changedAtAge * DAYS_PER_YEAR;

export function formerNamesOf(member: SyntheticMember): object[] {
  if (member.persona !== 'complete') return [];
  const period = { start: isoDate(member.birthDay), end: isoDate(changeDay(member)) };
  return [{ use: 'old', family: COMPLETE_PERSON.formerFamily, given: [member.given, member.middle], period }];
}

export function formerAddressesOf(member: SyntheticMember): object[] {
  if (member.persona !== 'complete') return [];
  const period = { start: isoDate(member.birthDay), end: isoDate(changeDay(member)) };
  return [{ use: 'old', type: 'both', ...COMPLETE_PERSON.formerAddress, country: 'US', period }];
}
