/** What of a plan's trail a file was made of: a file that is whole says so of what it read, and of nothing else. */
import type { Statement } from '@patient-access/fhir-store';
import type { Ask } from './ask.ts';
import type { ChainState } from './chain-state.ts';
import type { Filter } from './filter.ts';

interface Found {
  /** day on which the oldest record was stored, UTC; null: there is none */
  first: string | null;
  /** whole months before were dropped (docs/audit.md, retention) */
  dropped: boolean;
  /** in the words of the operators, what a backup lacked that the trail was restored from */
  restores: string[];
  /** when the last record was stored that the file reads, and on which day that was; null: it reads none */
  last: Date | null;
  last_day: string | null;
}

/** What a file reads. */
type Read = Pick<Filter, 'from' | 'to' | 'zone'> & { upto: string };

const ofTenant = (tenant: string, { upto, zone }: Read): Statement => ({
  text: `SELECT r.last, to_char(r.last AT TIME ZONE $3, 'YYYY-MM-DD') AS last_day, to_char((SELECT min(e.stored) FROM trail.audit_event e WHERE e.tenant = $1) AT TIME ZONE 'UTC', 'YYYY-MM-DD')
             AS first,
           EXISTS (SELECT FROM trail.checkpoint c WHERE c.tenant = $1 AND c.kind = 'root') AS dropped,
           ARRAY(SELECT coalesce(e.record::json ->> 'request', 'restore') FROM trail.audit_event e
                  WHERE e.tenant = $1 AND e.kind = 'trail' AND e.kind <> 'rest' AND e.act = 'restore' ORDER BY e.stored)
             AS restores
      FROM (SELECT max(l.stored) AS last FROM unnest($2::bigint[]) WITH ORDINALITY u (seq, place)
            CROSS JOIN LATERAL (SELECT e.stored FROM trail.audit_event e
              WHERE e.tenant = $1 AND e.lane = (u.place - 1)::smallint AND e.seq <= u.seq
              ORDER BY e.seq DESC LIMIT 1) l) r`,
  values: [tenant, `{${upto.replaceAll('.', ',')}}`, zone],
});

/** Whether a file has all of its period, and what its last line says of that, beginning with a space. */
export interface Kept {
  isWhole: boolean;
  said: string;
}

/** The end comes from an address, which anybody may have changed. */
function endOf({ last, last_day: day }: Found, to: string): { short?: string; whole?: string } {
  if (last === null || day === null) return { short: ' NOT ALL: no record was read.' };
  const until = `the record of ${last.toISOString()}`;
  if (day >= to) return { whole: ` Read up to ${until}.` };
  return { short: ` NOT ALL: read up to ${until} alone. What was stored later is not in it.` };
}

/** Whom a file asks what is known of the trail. */
interface Known {
  tenant: string;
  ask: Ask;
  chains: ChainState;
  /** @returns how many dead letters wait that are of this plan, or that name none */
  deadLetters(tenant: string): Promise<number>;
}

/** What is in the trail and is not believed, and what is not in the trail and may belong there. */
async function doubtsOf({ tenant, chains, deadLetters }: Known): Promise<string[]> {
  const [{ problems }, letters] = [chains.of(tenant), await deadLetters(tenant)];
  return [
    ...(problems.length > 0 ? [` The trail does not verify: ${problems.join('; ')}.`] : []),
    ...(letters > 0 ? [` NOT ALL: ${letters} dead letters wait, which may be records of this plan.`] : []),
  ];
}

/** @returns what is known to be missing of the period, and up to where the file reads: the same whenever it is made */
export async function keptOf(known: Known, read: Read): Promise<Kept> {
  const { tenant, ask } = known;
  const [found] = await ask<Found>(ofTenant(tenant, read));
  if (!found) throw new Error('the sum of a trail has one row');
  const { from, to } = read;
  const { first, dropped, restores } = found;
  const begins = first === null || first > to ? 'behind this period' : `on ${first} (UTC)`;
  const { short = '', whole = '' } = endOf(found, to);
  const missing = [
    short,
    ...(dropped && (first === null || first >= from)
      ? [` NOT ALL: the trail begins ${begins}; the months before were dropped.`]
      : []),
    ...(await doubtsOf(known)),
    ...restores.map((said) => ` The trail was put back once, and may lack records of that time: ${said}.`),
  ].join('');
  return { isWhole: missing === '', said: whole + missing };
}
