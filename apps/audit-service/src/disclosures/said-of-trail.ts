/** What a file about a record has to say of the trail that it was made of. */
import type { Pool } from '@patient-access/database';
import { isOfKind } from '../columns.ts';
import { LIFE_OF_TRAIL, type LifeOfTrail, lossesInWords } from '../life-of-trail.ts';
import { readTrail } from '../of-tenant.ts';

/** The same change of persons has the same id in the trails of both (change-persons.ts of libs/fhir-store). */
const OTHERS = `
  WITH change AS (SELECT DISTINCT split_part(e.record::json ->> 'request', ':', 1) AS id FROM trail.audit_event e
                   WHERE e.tenant = $1 AND e.member = $2 AND e.kind = 'ingest'
                     AND e.act IN ('merge', 'unmerge', 'split', 'unsplit'))
  SELECT DISTINCT e.member FROM trail.audit_event e JOIN change c
      ON split_part(e.record::json ->> 'request', ':', 1) = c.id
   WHERE e.tenant = $1 AND e.member <> $2 AND e.kind = 'ingest'
     AND e.act IN ('merge', 'unmerge', 'split', 'unsplit') ORDER BY 1`;
/** An export has all records of a service, and nobody knows where it went from there. */
const EXPORTS = `
  SELECT e.service, e.login, to_char(e.recorded AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day FROM trail.audit_event e
   WHERE e.tenant = $1 AND ${isOfKind('e', "'ingest'")} AND e.act = 'plan-export' ORDER BY e.stored`;
const KNOWN = `
  SELECT EXISTS (SELECT FROM trail.audit_event e WHERE e.tenant = $1 AND e.member = $2) AS known, ${LIFE_OF_TRAIL}`;

interface Exported {
  service: string;
  login: string | null;
  day: string;
}

/**
 * @param auditor connections of the auditor role
 * @returns sentences, each beginning with a space: what may be missing in a file about this member
 * @throws Error when the trail has no event of this member: then the id is probably wrong
 */
export function saidOfTrail(auditor: Pool, tenant: string, member: string): Promise<string[]> {
  return readTrail(auditor, tenant, async (client) => {
    const { rows: found } = await client.query<LifeOfTrail & { known: boolean }>(KNOWN, [tenant, member]);
    const [life] = found;
    if (!life?.known)
      throw new Error(`the trail of ${tenant} has no event of the member ${member}: is this the right id?`);
    const { rows: others } = await client.query<{ member: string }>(OTHERS, [tenant, member]);
    const { rows: exports } = await client.query<Exported>(EXPORTS, [tenant]);
    return [
      ...others.map(
        (other) =>
          ` Records were moved between this person and Patient/${other.member}: what left under that id is not in this file.`,
      ),
      ...exports.map(
        ({ service, login, day }) =>
          ` All records that ${service} had were exported on ${day} (UTC) by ${login ?? 'somebody'}: who got that copy is not in this file.`,
      ),
      ...(life.dropped
        ? [` The trail begins on ${life.first ?? 'a later day'} (UTC); the months before were dropped.`]
        : []),
      ...lossesInWords(life),
    ];
  });
}
