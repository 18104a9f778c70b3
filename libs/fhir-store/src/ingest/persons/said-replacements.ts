/**
 * What the plan's files say of two Patients who are one person (ADR 93). An import notes it and moves nothing, because a wrong
 * line would put two people's records together.
 */
import type { Pool } from '@patient-access/database';
import { MEMBER_TYPE, parseReference, parseResource, type Resource } from '@patient-access/fhir';
import { recordStatement } from '@patient-access/outbox/record';
import type pg from 'pg';
import { eventOnRecords, type ImportSource } from '../ingest-event.ts';
import { linksOf, type PatientLink } from './replaced-persons.ts';
import { asTenant } from '../../sql/as-tenant.ts';

/** Two records that are one person's, as the plan's files say. */
export interface SaidMerge {
  /** whose records would go */
  from: string;
  /** whose they would be */
  to: string;
  /** what speaks against it: elements that both Patients do not have alike, or another fault */
  doubts: string[];
}

interface Said {
  patient: string;
  member: string;
  survivor: string;
}

const FORGET = 'DELETE FROM said_replacement WHERE tenant = $1 AND patient = ANY ($2::text[])';
/** What has been done need not be asked for. Of these the store itself says so, too (sayReplaced). */
const NOTE = `
  INSERT INTO said_replacement (tenant, patient, member, survivor)
  SELECT $1, k.patient, k.member, k.survivor FROM unnest($2::text[], $3::text[], $4::text[]) AS k (patient, member, survivor)
   WHERE NOT EXISTS (SELECT FROM replaced_person r
                      WHERE r.tenant = $1 AND r.member = k.member AND r.survivor = k.survivor)
  ON CONFLICT DO NOTHING`;
/** Who is another person by now is passed over, and what is said of a survivor who was replaced goes for her own survivor. */
const LIST = `
  WITH RECURSIVE last (member, survivor) AS (
    SELECT r.member, r.survivor FROM replaced_person r
     WHERE r.tenant = $1 AND NOT EXISTS (SELECT FROM replaced_person o WHERE o.tenant = $1 AND o.member = r.survivor)
     UNION ALL
    SELECT r.member, l.survivor FROM last l JOIN replaced_person r ON r.tenant = $1 AND r.survivor = l.member),
  said AS (
    SELECT DISTINCT s.member, coalesce(l.survivor, s.survivor) AS survivor
      FROM said_replacement s
      JOIN resource p ON p.tenant = s.tenant AND p.type = '${MEMBER_TYPE}' AND p.id = s.patient AND p.form = 0
      LEFT JOIN last l ON l.member = s.survivor
     WHERE s.tenant = $1
       AND NOT EXISTS (SELECT FROM replaced_person d WHERE d.tenant = s.tenant AND d.member = s.member))
  SELECT member, survivor,
         (SELECT body FROM resource WHERE tenant = $1 AND type = '${MEMBER_TYPE}' AND id = said.member AND form = 0) AS one,
         (SELECT body FROM resource WHERE tenant = $1 AND type = '${MEMBER_TYPE}' AND id = said.survivor AND form = 0) AS other
    FROM said WHERE member <> survivor ORDER BY member, survivor`;

/** A link to a Patient of the same plan. One that has only a number names nobody here. */
function saidBy(patient: string, { other, type }: PatientLink): Said[] {
  const { type: kind, id } = parseReference(other?.reference) ?? {};
  if (kind !== MEMBER_TYPE || id === undefined || id === patient) return [];
  if (type === 'replaced-by') return [{ patient, member: patient, survivor: id }];
  return type === 'replaces' ? [{ patient, member: id, survivor: patient }] : [];
}

/**
 * Notes what new versions of Patients say of who is one person, in place of what the former versions said.
 *
 * @param came what the plan's files brought, and not what the store itself has changed
 */
export async function noteSaid(
  client: pg.PoolClient,
  tenant: string,
  came: readonly Resource[],
): Promise<void> {
  const patients = came.filter(({ resourceType }) => resourceType === MEMBER_TYPE);
  if (patients.length === 0) return;
  await client.query(FORGET, [tenant, patients.map(({ id }) => id)]);
  const said = patients.flatMap((patient) =>
    linksOf(patient).flatMap((link) => saidBy(patient.id as string, link)),
  );
  if (said.length === 0) return;
  const columns = [
    said.map(({ patient }) => patient),
    said.map(({ member }) => member),
    said.map(({ survivor }) => survivor),
  ];
  await client.query(NOTE, [tenant, ...columns]);
}

type Name = { family?: unknown; given?: unknown[] };
const namesOf = (patient: Resource): Name[] => (patient['name'] ?? []) as Name[];

/** What one person has alike in both records: the values of each element, of which one has to be in both. */
const ALIKE: Readonly<Record<string, (patient: Resource) => unknown[]>> = {
  birthDate: ({ birthDate }) => [birthDate],
  gender: ({ gender }) => [gender],
  family: (patient) => namesOf(patient).map(({ family }) => family),
  given: (patient) => namesOf(patient).flatMap(({ given }) => given ?? []),
};

/** Capital letters, accents and spaces at the ends make no other name. */
const plain = (value: unknown): string =>
  typeof value === 'string' ? value.normalize('NFD').replace(/\p{M}/gu, '').trim().toLowerCase() : '';

function hasInCommon(one: unknown[], other: unknown[]): boolean {
  const values = new Set(one.map(plain).filter(Boolean));
  return other.some((value) => values.has(plain(value)));
}

/** An element that one of them lacks is a doubt too. */
function doubtsOf(one: string | null, other: string | null): string[] {
  if (one === null || other === null) return ['not stored'];
  const [first, second] = [parseResource(one) as Resource, parseResource(other) as Resource];
  return Object.entries(ALIKE)
    .filter(([, valuesOf]) => !hasInCommon(valuesOf(first), valuesOf(second)))
    .map(([element]) => element);
}

/**
 * Which merges the plan's files ask for. One whose records have moved is none any more.
 *
 * @param pool of the ingest role where the Patients are
 */
export async function saidMerges(pool: Pool, tenant: string): Promise<SaidMerge[]> {
  const { rows } = await asTenant(pool, tenant, (client) =>
    client.query<Omit<Said, 'patient'> & { one: string | null; other: string | null }>(LIST, [tenant]),
  );
  const survivorsOf = (member: string) => rows.filter((row) => row.member === member);
  return rows.map(({ member, survivor, one, other }) => ({
    from: member,
    to: survivor,
    doubts: [
      ...doubtsOf(one, other),
      ...(survivorsOf(member).length > 1 ? ['several survivors'] : []),
      ...(survivorsOf(survivor).some((row) => row.survivor === member) ? ['each replaces the other'] : []),
    ],
  }));
}

/** An event names so many at most. */
const PERSONS_OF_EVENT = 1_000;

/**
 * {@link saidMerges} for a person who reads them: who asked, and of whom the list tells, is in the plan's trail before it is
 * returned.
 */
export async function listSaidMerges(pool: Pool, tenant: string, source: ImportSource): Promise<SaidMerge[]> {
  const merges = await saidMerges(pool, tenant);
  const persons = [...new Set(merges.flatMap(({ from, to }) => [from, to]))];
  for (let at = 0; at === 0 || at < persons.length; at += PERSONS_OF_EVENT) {
    const some = persons.slice(at, at + PERSONS_OF_EVENT);
    const event = eventOnRecords(source, tenant, 'list-merges', {
      counts: { [MEMBER_TYPE]: some.length },
      ...(some.length > 0 && { resources: { [MEMBER_TYPE]: some.join(' ') } }),
    });
    await pool.query(recordStatement([event]));
  }
  return merges;
}
