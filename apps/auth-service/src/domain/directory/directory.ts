/** Who somebody is, for an auditor of the plan: names of members, of logins and of apps. No data of members. */
import type { Pool } from '@patient-access/database';
import {
  type DirectoryAnswer,
  type DirectoryQuestion,
  MAX_DIRECTORY_PEOPLE as MOST,
} from '@patient-access/internal-api';
import { normalizeLogin } from '../accounts/accounts.ts';
import { appDisplayName } from '../apps/app-name.ts';
import { ignoresCase } from '../tenant/federation-settings.ts';
import type { Tenant } from '../tenant/tenant.ts';
import { isUuid } from '../uuid.ts';

/** Names come from logins and from the plan's list of members; both say the same of one person, or the newer wins. */
const KNOWN = `
  known AS (
    SELECT m.patient, m.name, a.login, NULL AS number FROM account_member m
      JOIN account a ON a.tenant = m.tenant AND a.sub = m.sub WHERE m.tenant = $1
    UNION ALL
    SELECT p.patient, p.name, NULL, p.number FROM plan_member p WHERE p.tenant = $1)`;
const PERSON = `
  SELECT k.patient, (array_agg(k.name ORDER BY k.number NULLS FIRST, k.name))[1] AS name,
         coalesce(array_agg(DISTINCT k.number ORDER BY k.number) FILTER (WHERE k.number IS NOT NULL), '{}') AS numbers,
         coalesce(array_agg(DISTINCT k.login ORDER BY k.login) FILTER (WHERE k.login IS NOT NULL), '{}') AS logins
    FROM known k`;

/** A number in whatever case it is written, where the plan says so ($4). */
const isNumber = (of: string): string => `(${of} = $2 OR $4::boolean AND lower(${of}) = lower($2))`;

/** A name is found by a part of it, everything else only as a whole. */
const FIND = `WITH ${KNOWN}, found AS (
    SELECT k.patient FROM known k
     WHERE k.patient = $2 OR ${isNumber('k.number')} OR k.login = $3 OR position(lower($2) IN lower(k.name)) > 0
    UNION SELECT m.patient FROM federated_identity f JOIN account_member m ON m.tenant = f.tenant AND m.sub = f.sub
     WHERE f.tenant = $1 AND ${isNumber('f.number')}
    UNION SELECT m.patient FROM account a JOIN account_member m ON m.tenant = a.tenant AND m.sub = a.sub
     WHERE a.tenant = $1 AND a.email = $3)
  ${PERSON} WHERE k.patient IN (SELECT f.patient FROM found f) GROUP BY k.patient ORDER BY 2, 1 LIMIT ${MOST + 1}`;
const NAMES = `WITH ${KNOWN} ${PERSON} WHERE k.patient = ANY ($2) GROUP BY k.patient ORDER BY k.patient`;
const LOGINS = `SELECT a.sub, a.login, a.role FROM account a
  WHERE a.tenant = $1 AND (a.login = $2 OR a.sub = $3::uuid)`;
const APPS = `SELECT c.id, c.metadata FROM client c WHERE c.tenant = $1 AND c.id = ANY ($2)`;

/** The merges of the plan that hold, as `c`. */
const MERGES = "c.tenant = $1 AND c.kind = 'merge' AND c.state <> 'undone'";
/** A merge of today may follow another one. */
const REPLACED = `
  WITH RECURSIVE gone (patient, survivor) AS (
    SELECT c.from_person, c.to_person FROM person_change c
     WHERE ${MERGES} AND c.to_person = ANY ($2)
    UNION
    SELECT c.from_person, g.survivor FROM person_change c JOIN gone g ON c.to_person = g.patient
     WHERE ${MERGES})
  SELECT patient, survivor FROM gone ORDER BY patient`;

/** The other way round: under whom a record stands at the end of its merges. */
const SURVIVORS = `
  WITH RECURSIVE went (patient, survivor) AS (
    SELECT c.from_person, c.to_person FROM person_change c
     WHERE ${MERGES} AND c.from_person = ANY ($2)
    UNION
    SELECT w.patient, c.to_person FROM person_change c JOIN went w ON c.from_person = w.survivor
     WHERE ${MERGES})
  SELECT w.patient, w.survivor FROM went w
   WHERE NOT EXISTS (SELECT FROM person_change c WHERE ${MERGES}
                        AND c.from_person = w.survivor)
   ORDER BY w.patient`;

/**
 * Whose records stood under another Patient for a time: those of the other person of a split, and those of whoever a merge or a
 * split was taken back for. What left then is in the trail of that Patient.
 */
const STOOD_UNDER = `
  SELECT DISTINCT s.patient, s.under FROM (
    SELECT CASE WHEN c.kind = 'split' AND c.state <> 'undone' THEN c.to_person ELSE c.from_person END AS patient,
           CASE WHEN c.kind = 'split' AND c.state <> 'undone' THEN c.from_person ELSE c.to_person END AS under
      FROM person_change c WHERE c.tenant = $1 AND (c.kind = 'split' OR c.state = 'undone')) s
   WHERE s.patient = ANY ($2) OR s.under = ANY ($2) ORDER BY s.patient, s.under`;

interface Merged {
  patient: string;
  survivor: string;
}

interface StoodUnder {
  patient: string;
  under: string;
}

const gone = (merged: readonly Merged[]): string[] => merged.map(({ patient }) => patient);

type Person = DirectoryAnswer['people'][number];
type Login = DirectoryAnswer['logins'][number];

interface AppRow {
  id: string;
  metadata: { client_name?: string; publisher?: string; client_uri?: string; contacts?: string[] };
}

const appOf = ({ id, metadata }: AppRow): DirectoryAnswer['apps'][number] => ({
  id,
  name: appDisplayName(metadata.client_name),
  address: [metadata.publisher, metadata.client_uri, ...(metadata.contacts ?? [])].filter(Boolean).join(', '),
});

/** @returns members, logins and apps of this tenant; what is not known is not in the answer */
export async function lookUp(
  pool: Pool,
  { id, name, settings }: Pick<Tenant, 'id' | 'name' | 'settings'>,
  { find, patients = [], apps = [] }: DirectoryQuestion,
): Promise<DirectoryAnswer> {
  const rowsOf = async <Row extends object>(text: string, values: unknown[]) =>
    (await pool.query<Row>(text, [id, ...values])).rows;
  const rowsAbout = async <Row extends object>(text: string, ids: readonly string[]) =>
    ids.length > 0 ? rowsOf<Row>(text, [ids]) : [];
  const login = find && normalizeLogin(find);
  const found =
    find === undefined ? [] : await rowsOf<Person>(FIND, [find, login, ignoresCase(settings.federation)]);
  const subject = find !== undefined && isUuid(find) ? find : null;
  const logins = login ? await rowsOf<Login>(LOGINS, [login, subject]) : [];
  const named = await rowsAbout<Person>(NAMES, patients);
  const replaced = await rowsAbout<Merged>(REPLACED, patients);
  const survivors = await rowsAbout<Merged>(SURVIVORS, patients);
  const stoodUnder = await rowsAbout<StoodUnder>(STOOD_UNDER, [...patients, ...gone(replaced)]);
  const clients = await rowsAbout<AppRow>(APPS, apps);
  return {
    plan: { name },
    people: [...found.slice(0, MOST), ...named],
    ...(replaced.length > 0 && { replaced }),
    ...(survivors.length > 0 && { survivors }),
    ...(stoodUnder.length > 0 && { stoodUnder }),
    logins,
    apps: clients.map(appOf),
    complete: found.length <= MOST,
  };
}
