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

export const BATCHES_OF_PAGE = {
  name: 'verify-batches',
  text: `SELECT from_seq::float8 AS "fromSeq", to_seq::float8 AS "toSeq", producer, kid, signature,
                sequences::float8[] AS sequences, elsewhere::float8[] AS elsewhere, hashes
           FROM trail.batch
          WHERE tenant = $1 AND lane = $2 AND to_seq >= $3 AND from_seq <= $4 ORDER BY from_seq`,
};
