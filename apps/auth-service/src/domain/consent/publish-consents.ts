/**
 * Publishes consents and their ends to coverage-service, which owns the FHIR Consents. A fact is the whole row, so it may be
 * published twice, and none is lost, whichever statement wrote the row.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { LastingFault, Pace } from '@patient-access/concurrency';
import { inTransactionOnce, type Pool } from '@patient-access/database';
import { type ConsentFact, type EventSigner, signFact } from '@patient-access/events';
import type { FactPublisher } from '@patient-access/outbox';
import type { Logger } from '@patient-access/platform';
import type { PoolClient } from 'pg';
import { receiptPath, tenantUrls } from '../urls.ts';
import { planOnPage, sha256 } from './consent-snapshot.ts';
import { type DueConsent, dueConsents, markPublished, plansWithDue, setAside } from './due-consents.ts';
import { LeftOutPlans } from './left-out-plans.ts';

/** Of all plans of a turn together. Each gets the same part of it. */
const TURN_ROWS = 100;
const TURN_PLANS = 20;
/** For how long a turn waits for plans that do not answer. Storing what one turn sends takes a small part of it. */
const TURN_MS = 2_000;
const QUICK_MS = 500;
/** While nothing happens: what is due then is the end of a consent whose last day is over. */
const QUIET_MS = 5_000;
/** The replica whose turn it is holds this lock; the others wait. */
const LOCK = `SELECT pg_try_advisory_xact_lock(hashtext('consent-facts')) AS mine`;

function factOf(row: DueConsent, publicUrl: string): ConsentFact {
  const { tenant, member, scope, labels } = row;
  return {
    tenant,
    grantId: row.grant_id,
    member,
    scope,
    labels,
    plan: { iss: tenantUrls(publicUrl, tenant).issuer, name: planOnPage(row.snapshot) ?? row.plan },
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

/** A row that is due, as it is sent. */
interface Readable {
  row: DueConsent;
  fact: Parameters<FactPublisher['publish']>[0][number];
}

/** A row that is due and is not what this version can read. */
interface Unreadable {
  row: DueConsent;
  error: unknown;
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Resolves with all of them, or when a turn has waited for long enough. */
async function settledOrLate(work: readonly Promise<void>[]): Promise<void> {
  const inTime = new AbortController();
  const late = delay(TURN_MS, undefined, inTime).catch(() => undefined);
  await Promise.race([Promise.all(work), late]);
  inTime.abort();
}

/** Publishes what is due, one replica at a time, until it is stopped. */
export class ConsentPublisher {
  private readonly pace = new Pace(QUICK_MS, QUIET_MS);
  private readonly leftOut = new LeftOutPlans();
  /** what was sent and has no answer yet */
  private readonly underWay = new Set<Promise<void>>();
  private stopped = false;
  private unreadable = 0;
  private readonly publishing: Publishing;
  private readonly fault: LastingFault;
  private readonly running: Promise<void>;

  constructor(publishing: Publishing) {
    this.publishing = publishing;
    this.fault = new LastingFault((fields) => publishing.logger.warn(fields, 'consents wait'));
    this.running = this.run();
  }

  /** How often a consent could not be published as it is stored. */
  get unreadableCount(): number {
    return this.unreadable;
  }

  /** A consent may be due now. */
  wake(): void {
    this.pace.quicken();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.pace.stop();
    await this.running;
    await Promise.all(this.underWay);
    await this.publishing.publisher.close().catch(() => undefined);
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      try {
        const published = await this.publishSome();
        if (published !== 'more') await this.pace.rest(published === 'all');
      } catch (error) {
        this.fault.tell({ reason: reasonOf(error) });
        await this.pace.rest(false);
      }
    }
  }

  private async publishSome(): Promise<'none' | 'all' | 'more'> {
    const { pool } = this.publishing;
    const plans = await plansWithDue(pool, this.leftOut.now(), TURN_PLANS);
    return plans.length === 0 ? 'none' : inTransactionOnce(pool, (client) => this.turn(client, plans));
  }

  /** Plans take turns: each is published a part of what it has, so that a long backlog of one holds up no other. */
  private async turn(client: PoolClient, plans: readonly string[]): Promise<'none' | 'all' | 'more'> {
    const { rows: locks } = await client.query<{ mine: boolean }>(LOCK);
    if (!locks[0]?.mine) return 'none';
    const mostOfEach = Math.floor(TURN_ROWS / plans.length);
    const due = await dueConsents(client, plans, mostOfEach);
    await settledOrLate([...due].map(([plan, rows]) => this.publishPlan(plan, rows)));
    const isPart = [...due.values()].some((rows) => rows.length === mostOfEach);
    return isPart || plans.length === TURN_PLANS ? 'more' : 'all';
  }

  /** Each plan is published apart from the others. So it waits for none of them, and is refused for none of them. */
  private async publishPlan(plan: string, rows: readonly DueConsent[]): Promise<void> {
    this.leftOut.sent(plan);
    const work = this.sendAndMark(rows).then(
      () => this.leftOut.accepted(plan),
      (error: unknown) => {
        this.leftOut.refused(plan);
        this.publishing.logger.warn({ plan, reason: reasonOf(error) }, 'consents wait');
      },
    );
    this.underWay.add(work);
    await work;
    this.underWay.delete(work);
  }

  private async sendAndMark(rows: readonly DueConsent[]): Promise<void> {
    const { pool, publisher } = this.publishing;
    const read = rows.map((row) => this.read(row));
    const unreadable = read.flatMap((each) => ('error' in each ? [each] : []));
    if (unreadable.length > 0) await this.setAside(unreadable);
    const readable = read.flatMap((each) => ('fact' in each ? [each] : []));
    if (readable.length === 0) return;
    await publisher.publish(readable.map(({ fact }) => fact));
    await markPublished(
      pool,
      readable.map(({ row }) => row),
    );
  }

  private read(row: DueConsent): Readable | Unreadable {
    const { signer, PUBLIC_URL } = this.publishing;
    const { tenant, member } = row;
    try {
      return { row, fact: { tenant, member, text: signFact(signer, factOf(row, PUBLIC_URL)) } };
    } catch (error) {
      return { row, error };
    }
  }

  /** The others of the plan do not wait for these. */
  private async setAside(rows: readonly Unreadable[]): Promise<void> {
    const { pool, logger } = this.publishing;
    await setAside(
      pool,
      rows.map(({ row }) => row),
    );
    this.unreadable += rows.length;
    const [first] = rows;
    // Not the words of the error, which may repeat what the member read.
    const reason = first?.error instanceof Error ? first.error.name : 'unknown';
    const facts = { plan: first?.row.tenant, consents: rows.length, grant: first?.row.grant_id, reason };
    logger.error(facts, 'consents cannot be read');
  }
}
