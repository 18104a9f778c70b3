/** `npm run admin -- relation …`: see docs/administration.md. */
import * as relations from '../domain/administration/members/relations.ts';
import type { Administration } from '../domain/administration/administration.ts';
import type { Told } from '../domain/administration/told.ts';

export const RELATION_USAGE = `  relation list | set | withdraw --tenant <id> --login <login> [--member …]
      set:           --member <patient id>:<relationship>:<name> [--birth-date <date>] [--until <last day>] [--guardianship]
                     [--coverage-end <last day>] [--died <date>]   of the person whose data it is
                     [--fhir-user RelatedPerson/<id>|Person/<id>]   who acts, in that member's record
      withdraw:      --member <patient id>        its grants end`;

export const RELATION_OPTIONS = {
  'birth-date': { type: 'string' },
  until: { type: 'string' },
  guardianship: { type: 'boolean' },
  'coverage-end': { type: 'string' },
  died: { type: 'string' },
} as const;

interface Given {
  login?: string;
  member?: string[];
  'birth-date'?: string;
  until?: string;
  guardianship?: boolean;
  'coverage-end'?: string;
  died?: string;
  'fhir-user'?: string;
}

function loginIn({ login }: Given): string {
  if (login === undefined) throw new Error('--login <login> is missing');
  return login;
}

function patientIn({ member }: Given): [id: string, relationship: string, name: string] {
  if (member?.length !== 1) throw new Error('--member is to be given once');
  const [id = '', relationship = '', ...name] = String(member[0]).split(':');
  return [id, relationship, name.join(':')];
}

/** What it tells of persons, or the relation that it was given, whose person its act names. */
type Act = (
  admin: Administration,
  given: Given,
) => Promise<Told<unknown> | relations.DescribedRelation | void>;

export const RELATION_ACTS: Record<string, Act> = {
  'relation list': (admin, given) => relations.listRelations(admin, loginIn(given)),
  'relation set': (admin, given) => {
    const [id, relationship, name] = patientIn(given);
    const { until, guardianship, died } = given;
    return relations.putRelation(admin, loginIn(given), {
      id,
      relationship,
      name,
      birthDate: given['birth-date'],
      until,
      guardianship,
      coverageEnd: given['coverage-end'],
      died,
      fhirUser: given['fhir-user'],
    });
  },
  'relation withdraw': (admin, given) => relations.removeRelation(admin, loginIn(given), patientIn(given)[0]),
};
