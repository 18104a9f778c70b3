/**
 * Publishes consents and their ends to coverage-service, which owns the FHIR Consents. The table of consents is its
 * own outbox: `publish_at` says when the next fact of a row is due. A fact is the whole row, so it may be published
 * twice, and none is lost, whichever statement wrote the row.
 */
import { Pace } from '@patient-access/concurrency';
import { inTransaction, type Pool } from '@patient-access/database';
import { type ConsentFact, type EventSigner, signFact } from '@patient-access/events';
import type { FactPublisher } from '@patient-access/outbox';
import type { Logger } from '@patient-access/platform';
import type { PoolClient } from 'pg';
import { receiptPath, tenantUrls } from '../urls.ts';
import { sha256 } from './consent-snapshot.ts';

const BATCH_ROWS = 100;
const QUICK_MS = 500;
/** While nothing happens: what is due then is the end of a consent whose last day is over. */
const QUIET_MS = 5_000;
/** For how long a plan whose consents were refused is left alone at least. */
const REFUSED_MS = 3_000;
/** The replica that publishes holds this lock; the others wait. */
const LOCK = `SELECT pg_try_advisory_xact_lock(hashtext('consent-facts')) AS mine`;

interface Row {
  tenant: string;
  grant_id: string;
  member: string;
  sub: string;
  client_id: string;
  client_name: string;
  plan: string;
  given_by: string | null;
  scope: string;
  labels: string[];
  snapshot: string;
  granted_at: Date;
  until: Date;
  ended_at: Date | null;
  reason: NonNullable<ConsentFact['ended']>['reason'];
  /** as text: a Date has no microseconds */
  publish_at: string;
}

const ANY_DUE = {
  name: 'any-consent-due',
  text: `SELECT EXISTS (SELECT 1 FROM consent
                        WHERE publish_at <= now() AND member IS NOT NULL AND tenant <> ALL ($1)) AS due`,
};
const OLDEST_DUE = {
  name: 'oldest-consent-due',
  text: `SELECT coalesce(extract(epoch FROM now() - min(publish_at)), 0)::float8 AS seconds
           FROM consent WHERE publish_at <= now() AND member IS NOT NULL`,
};
const DUE = {
  name: 'consents-due',
  text: `SELECT tenant, grant_id, member, sub, client_id, client_name, given_by, scope, sensitive_labels AS labels, snapshot,
                coalesce(snapshot::json ->> 'plan', tenant.name) AS plan, granted_at, until, publish_at::text,
                CASE WHEN least(revoked_at, until) <= now() THEN least(revoked_at, until) END AS ended_at,
                CASE WHEN revoked_at <= until THEN end_reason ELSE 'expiry' END AS reason
           FROM consent JOIN tenant ON tenant.id = consent.tenant
          WHERE publish_at <= now() AND member IS NOT NULL AND tenant <> ALL ($1) ORDER BY publish_at LIMIT ${BATCH_ROWS}`,
};
/**
 * Rows are locked only here, so that no revocation waits for a broker. A row that ended in the meantime stays due.
 */
const PUBLISHED = {
  name: 'consents-published',
  text: `UPDATE consent c SET publish_at = CASE WHEN NOT published.over THEN until END
           FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::bool[]) AS published (tenant, grant_id, publish_at, over)
          WHERE c.tenant = published.tenant AND c.grant_id = published.grant_id AND c.publish_at = published.publish_at`,
};

function factOf(row: Row, publicUrl: string): ConsentFact {
  const { tenant, member, scope, labels } = row;
  return {
    tenant,
    grantId: row.grant_id,
    member,
    scope,
    labels,
    plan: { iss: tenantUrls(publicUrl, tenant).issuer, name: row.plan },
    client: { id: row.client_id, name: row.client_name },
    by: { sub: row.sub, ...(row.given_by !== null && { reference: row.given_by }) },
    granted: row.granted_at.toISOString(),
    until: row.until.toISOString(),
    snapshotSha256: sha256(row.snapshot),
    receipt: `${publicUrl}${receiptPath(tenant, row.grant_id)}.jwt`,
    ...(row.ended_at && { ended: { at: row.ended_at.toISOString(), reason: row.reason } }),
  };
}

interface Publishing {
  pool: Pool;
  publisher: FactPublisher;
  logger: Logger;
  PUBLIC_URL: string;
  /** signs the facts */
  signer: EventSigner;
}

/** What a turn found, at most one batch. */
interface Turn {
  count: number;
  /** why the consents of some plans were not accepted */
  refused: ReadonlyMap<string, string>;
}

async function publishPlan(
  { publisher, PUBLIC_URL, signer }: Publishing,
  rows: readonly Row[],
): Promise<void> {
  const facts = rows.map((row) => {
    const { tenant, member } = row;
    return { tenant, member, text: signFact(signer, factOf(row, PUBLIC_URL)) };
  });
  await publisher.publish(facts);
}

async function markPublished(client: PoolClient, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return;
  const keys = [rows.map(({ tenant }) => tenant), rows.map(({ grant_id: id }) => id)];
  const published = [rows.map(({ publish_at: at }) => at), rows.map(({ ended_at: at }) => at !== null)];
  await client.query({ ...PUBLISHED, values: [...keys, ...published] });
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Each plan is published apart from the others, so that what one is refused for is not theirs. */
async function publishDue(
  client: PoolClient,
  publishing: Publishing,
  without: readonly string[],
): Promise<Turn> {
  const refused = new Map<string, string>();
  const { rows: locks } = await client.query<{ mine: boolean }>(LOCK);
  if (!locks[0]?.mine) return { count: 0, refused };
  const { rows: due } = await client.query<Row>({ ...DUE, values: [without] });
  const plans = Map.groupBy(due, ({ tenant }) => tenant);
  await Promise.all(
    [...plans].map(([tenant, rows]) =>
      publishPlan(publishing, rows).catch((error: unknown) => void refused.set(tenant, reasonOf(error))),
    ),
  );
  await markPublished(
    client,
    due.filter(({ tenant }) => !refused.has(tenant)),
  );
  return { count: due.length, refused };
}

/** @returns undefined: none is due of other plans than these */
async function publishSome(publishing: Publishing, without: readonly string[]): Promise<Turn | undefined> {
  const { rows } = await publishing.pool.query<{ due: boolean }>({ ...ANY_DUE, values: [without] });
  if (!rows[0]?.due) return undefined;
  return inTransaction(publishing.pool, (client) => publishDue(client, publishing, without));
}

/** @returns for how many seconds the oldest consent has been due that is not published; 0 if none is due */
export async function oldestDueSeconds(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ seconds: number }>(OLDEST_DUE);
  return rows[0]?.seconds ?? 0;
}

/**
 * Plans whose consents were refused. They come again after some seconds, and not before those of all others were tried. So
 * a plan holds up no other one, however many consents and plans wait. The rows say nothing of it: they stay due.
 */
class RefusedPlans {
  private readonly plans = new Set<string>();
  private notBefore = 0;
  private othersWait = false;

  /** @returns which to leave out of the next turn */
  leftOut(): string[] {
    if (!this.othersWait && performance.now() >= this.notBefore) this.plans.clear();
    return [...this.plans];
  }

  /** @param othersWait whether consents of other plans may still be due, which the turn did not try */
  note(refused: ReadonlyMap<string, string>, othersWait: boolean): void {
    for (const plan of refused.keys()) this.plans.add(plan);
    if (refused.size > 0) this.notBefore = performance.now() + REFUSED_MS;
    this.othersWait = othersWait;
  }
}

/** Publishes what is due, one replica at a time, until it is stopped. */
export class ConsentPublisher {
  private readonly pace = new Pace(QUICK_MS, QUIET_MS);
  private readonly refused = new RefusedPlans();
  private stopped = false;
  private readonly running: Promise<void>;
  private readonly publisher: FactPublisher;

  constructor(telling: Publishing) {
    this.publisher = telling.publisher;
    this.running = this.run(telling);
  }

  private async run(publishing: Publishing): Promise<void> {
    while (!this.stopped) {
      try {
        const turn = await publishSome(publishing, this.refused.leftOut());
        const { count = 0, refused = new Map<string, string>() } = turn ?? {};
        this.refused.note(refused, count === BATCH_ROWS);
        for (const [plan, reason] of refused) publishing.logger.warn({ plan, reason }, 'consents wait');
        if (count !== BATCH_ROWS) await this.pace.rest(turn !== undefined);
      } catch (error) {
        publishing.logger.warn({ reason: reasonOf(error) }, 'consents wait');
        await this.pace.rest(false);
      }
    }
  }

  /** A consent may be due now. */
  wake(): void {
    this.pace.quicken();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.pace.stop();
    await this.running;
    await this.publisher.close().catch(() => undefined);
  }
}

/**
 * Makes all consents of a tenant due again, for a coverage-service that has lost some.
 *
 * @returns how many
 */
export async function publishAgain(pool: Pool, tenant: string): Promise<number> {
  const text = 'UPDATE consent SET publish_at = now() WHERE tenant = $1 AND member IS NOT NULL';
  return (await pool.query(text, [tenant])).rowCount ?? 0;
}
