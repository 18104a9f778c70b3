/** The statements that read a page of one lane, to verify it. */

/**
 * A lane's records after a position, up to a number. Two rows with one number, which should not be, come one after the
 * other, also across pages. In ORDER BY a bare `seq` would be the number that is shown, by which there is no index: each
 * page would then sort the whole rest of the lane.
 */
export const RECORD_PAGE = {
  name: 'verify-records',
  text: `SELECT seq::float8 AS seq, number::float8 AS number, producer, stored, hash, record, id, recorded, member, kind,
                act, outcome, reason, service, client, login, grant_id, disclosed, audience, terms::text AS terms
           FROM trail.audit_event e
          WHERE tenant = $1 AND lane = $2 AND (seq, stored) > ($3, $4::timestamptz) AND seq <= $5
          ORDER BY e.seq, e.stored LIMIT $6`,
};

/**
 * A record that no lane's page has: before its first number, behind its end, or in no lane. The ends are of the same moment
 * as the records. Asked for are the first and the last of each lane, and of the lanes, which the primary key has in order: a
 * condition on the number would have the planner read whole months, because it expects to meet such a record soon.
 *
 * The lane is compared as it is. Under row-level security Postgres uses no index for a comparison with a function of a row of an
 * outer query, as a cast is, unless the function is leakproof (since the minor releases of 2026, such as 17.12): it read and
 * sorted the whole trail for each lane.
 */
export const BESIDE_CHAINS = {
  name: 'verify-beside-chains',
  text: `SELECT b.lane, b.seq::float8 AS seq, b.id
           FROM generate_series(0, $2::int - 1) AS l (lane)
           LEFT JOIN trail.chain_head h ON h.tenant = $1 AND h.lane = l.lane
          CROSS JOIN LATERAL (
            (SELECT e.lane, e.seq, e.id FROM trail.audit_event e
              WHERE e.tenant = $1 AND e.lane = l.lane ORDER BY e.seq, e.stored LIMIT 1)
            UNION ALL
            (SELECT e.lane, e.seq, e.id FROM trail.audit_event e
              WHERE e.tenant = $1 AND e.lane = l.lane ORDER BY e.seq DESC, e.stored DESC LIMIT 1)) b
          WHERE b.seq < 1 OR b.seq > coalesce(h.seq, 0)
          UNION ALL
         SELECT b.lane, b.seq::float8, b.id
           FROM ((SELECT e.lane, e.seq, e.id FROM trail.audit_event e
                   WHERE e.tenant = $1 ORDER BY e.lane, e.seq, e.stored LIMIT 1)
                 UNION ALL
                 (SELECT e.lane, e.seq, e.id FROM trail.audit_event e
                   WHERE e.tenant = $1 ORDER BY e.lane DESC, e.seq DESC, e.stored DESC LIMIT 1)) b
          WHERE b.lane < 0 OR b.lane >= $2::int
          LIMIT 1`,
};

export const BATCHES_OF_PAGE = {
  name: 'verify-batches',
  text: `SELECT from_seq::float8 AS "fromSeq", to_seq::float8 AS "toSeq", first::float8 AS first, last::float8 AS last, stored,
                producer, kid, signature, sequences::float8[] AS sequences, elsewhere::float8[] AS elsewhere, hashes
           FROM trail.batch
          WHERE tenant = $1 AND lane = $2 AND to_seq >= $3 AND from_seq <= $4 ORDER BY from_seq`,
};
