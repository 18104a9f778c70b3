/**
 * Counts failed attempts in the database, so that all replicas share one count. An attempt is counted before the
 * password is checked, so concurrent attempts cannot all count as the last free one. A successful attempt is
 * subtracted again.
 */
import type { Pool } from '@patient-access/database';

/** How many failures for one key are free, and how long the next attempt has to wait after them. */
export interface Rule {
  /** HMAC of the login or address, so that the table holds neither */
  key: string;
  /** a success resets the count; if false, a success subtracts only its own attempt */
  cleared: boolean;
  /** failures until the first wait */
  free: number;
  /** length of the first wait; each later one is twice as long */
  firstSeconds: number;
  /** length of the longest wait; nobody is locked out for longer because of others */
  mostSeconds: number;
  /** time without failures after which the count is reset */
  quietSeconds: number;
  /**
   * what happens after the free failures: the next attempt waits, unless it says `proof`. Then the attempt is made and has
   * to be proved in another way too, because many people share what is counted (ADR 55)
   */
  beyond?: 'wait' | 'proof';
}

/** The permission to check one attempt. */
export interface ThrottledAttempt {
  rules: readonly Rule[];
  /** the time of the next attempt by key, as Postgres wrote it */
  until: ReadonlyMap<string, string>;
  /** how many more may fail at once before one waits */
  left: number;
  /** whether the attempt has to be proved in another way too, right or wrong */
  needsProof: boolean;
}

export interface Refusal {
  waitSeconds: number;
  /**
   * whether this is the first refusal of the wait; only the first is recorded, so that the trail is not flooded
   * (case A16)
   */
  first: boolean;
}

/**
 * Creates the rows first, because only an existing row can be locked. So the count is exact from the first attempt
 * on.
 */
const PREPARE = {
  name: 'throttle-prepare',
  text: `INSERT INTO throttle (tenant, key, failures, blocked_until, expires_at)
         SELECT $1, key, 0, '-infinity', now() + interval '1 hour' FROM unnest($2::text[]) AS a (key) ORDER BY key
         ON CONFLICT DO NOTHING`,
};
/**
 * Counts all keys, or none while one of them has to wait. An attempt during a wait does not make the wait longer. "No
 * wait" is `-infinity` and not now(), because a transaction that waited for the lock began earlier.
 */
const TAKE = {
  name: 'throttle-take',
  text: `WITH asked AS (SELECT * FROM unnest($2::text[], $3::int[], $4::int[], $5::int[], $6::int[],
                          $7::bool[]) AS a (key, free, first_s, most_s, quiet_s, waits)),
              known AS (SELECT key, blocked_until, reported, expires_at < now() AS old,
                               CASE WHEN expires_at < now() THEN 1 ELSE failures + 1 END AS n
                          FROM throttle WHERE tenant = $1 AND key = ANY ($2) ORDER BY key FOR UPDATE),
              blocked AS (SELECT known.* FROM known JOIN asked USING (key) WHERE waits AND blocked_until > now()),
              counted AS (UPDATE throttle t
                             SET failures = known.n, reported = false,
                                 blocked_until = CASE WHEN n < free OR NOT waits THEN '-infinity'
                                   ELSE now() + make_interval(secs => least(most_s, first_s * 2 ^ least(n - free, 20))) END,
                                 expires_at = now() + make_interval(secs => quiet_s + most_s)
                            FROM asked JOIN known USING (key)
                           WHERE t.tenant = $1 AND t.key = known.key AND NOT EXISTS (SELECT FROM blocked)
                          RETURNING t.key, t.blocked_until::text AS until, NOT waits AND n > free AS proof,
                                    greatest(free - n, 0) AS free_left),
              reported AS (UPDATE throttle t SET reported = true FROM blocked
                        WHERE t.tenant = $1 AND t.key = blocked.key AND NOT blocked.reported RETURNING 1)
         SELECT key, until, proof, free_left, NULL::int AS wait, false AS first FROM counted
          UNION ALL
         SELECT NULL, NULL, false, 0, ceil(extract(epoch FROM max(blocked_until) - now()))::int,
                EXISTS (SELECT FROM reported)
           FROM blocked HAVING count(*) > 0`,
};
const GIVE_BACK = {
  name: 'throttle-give-back',
  text: `WITH known AS (SELECT key FROM throttle WHERE tenant = $1 AND key = ANY ($2) ORDER BY key FOR UPDATE)
         UPDATE throttle t
            SET failures = CASE WHEN cleared THEN 0 ELSE greatest(t.failures - 1, 0) END,
                blocked_until = CASE WHEN cleared OR t.blocked_until = until::timestamptz THEN '-infinity'
                                     ELSE t.blocked_until END
           FROM known JOIN unnest($2::text[], $3::text[], $4::bool[]) AS a (key, until, cleared) USING (key)
          WHERE t.tenant = $1 AND t.key = known.key`,
};

interface Row {
  key: string | null;
  until: string | null;
  proof: boolean;
  free_left: number;
  wait: number | null;
  first: boolean;
}

export class Throttle {
  private readonly pool: Pool;
  private readonly tenant: string;

  constructor(pool: Pool, tenant: string) {
    this.pool = pool;
    this.tenant = tenant;
  }

  /** Counts an attempt as failed, or refuses it because there were too many. */
  async take(rules: readonly Rule[]): Promise<ThrottledAttempt | Refusal> {
    const keys = rules.map(({ key }) => key);
    await this.pool.query({ ...PREPARE, values: [this.tenant, keys] });
    const limits = (['free', 'firstSeconds', 'mostSeconds', 'quietSeconds'] as const).map((name) =>
      rules.map((rule) => rule[name]),
    );
    const waits = rules.map(({ beyond }) => beyond !== 'proof');
    const values = [this.tenant, keys, ...limits, waits];
    const { rows } = await this.pool.query<Row>({ ...TAKE, values });
    const refused = rows.find(({ wait }) => wait !== null);
    if (refused) return { waitSeconds: Math.max(1, refused.wait ?? 0), first: refused.first };
    const until = new Map(rows.map((row) => [row.key ?? '', row.until ?? '']));
    const left = Math.min(...rows.map((row) => row.free_left));
    return { rules, until, left, needsProof: rows.some(({ proof }) => proof) };
  }

  /** The attempt succeeded, which resets the counts of the person. */
  succeeded({ rules, until }: Pick<ThrottledAttempt, 'rules' | 'until'>): Promise<void> {
    return this.giveBack(rules, until, (rule) => rule.cleared);
  }

  /** The attempt was not checked. */
  notMade({ rules, until }: ThrottledAttempt): Promise<void> {
    return this.giveBack(rules, until, () => false);
  }

  private async giveBack(
    rules: readonly Rule[],
    until: ReadonlyMap<string, string>,
    cleared: (rule: Rule) => boolean,
  ): Promise<void> {
    const columns = [rules.map(({ key }) => key), rules.map(({ key }) => until.get(key)), rules.map(cleared)];
    await this.pool.query({ ...GIVE_BACK, values: [this.tenant, ...columns] });
  }
}
