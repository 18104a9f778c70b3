/**
 * How many processes of a service live. Each replica of auth-service notes itself and the gateways that listen to it, in one
 * table, so that all of them count the same (ADR 104).
 */
import { randomUUID } from 'node:crypto';
import type { Pool } from '@patient-access/database';

const BEAT_MS = 5_000;
/** A process that was not noted for this long is gone: it missed two beats. */
const LIVES_SECONDS = 15;

type Counted = 'auth-service' | 'fhir-gateway';

/** Notes the own ones, and counts all. Its own are counted as well if nobody has noted them before. */
const BEAT = {
  name: 'live-replicas',
  text: `WITH own AS (SELECT service, id FROM unnest($1::text[], $2::uuid[]) AS o (service, id)),
              noted AS (INSERT INTO live_replica (service, id, expires_at)
                        SELECT service, id, now() + make_interval(secs => ${LIVES_SECONDS})
                          FROM own GROUP BY service, id ORDER BY service, id
                        ON CONFLICT (service, id) DO UPDATE SET expires_at = excluded.expires_at)
         SELECT service, count(*)::int AS replicas
           FROM (SELECT service, id FROM live_replica WHERE expires_at > now() UNION SELECT service, id FROM own) l
          GROUP BY service`,
};

interface Row {
  service: string;
  replicas: number;
}

export class LiveReplicas {
  private readonly pool: Pool;
  private readonly id = randomUUID();
  /** a gateway that connects again has two streams for a moment */
  private readonly listening = new Set<{ gateway: string }>();
  private readonly timer: NodeJS.Timeout;
  private counts: ReadonlyMap<string, number> = new Map();

  constructor(pool: Pool) {
    this.pool = pool;
    this.timer = setInterval(() => void this.beat(), BEAT_MS).unref();
  }

  /** @returns how many lived at the last beat, and at least one */
  count(service: Counted): number {
    return this.counts.get(service) ?? 1;
  }

  /** @returns the part of a limit that this replica counts by itself */
  share(limit: number): number {
    return Math.ceil(limit / this.count('auth-service'));
  }

  /** A gateway listens here. @returns what to call when it no longer does */
  listen(gateway: string): () => void {
    const stream = { gateway };
    this.listening.add(stream);
    void this.beat();
    return () => void this.listening.delete(stream);
  }

  /** While the database is away the last counts hold. */
  async beat(): Promise<void> {
    const gateways = [...this.listening].map(({ gateway }) => gateway);
    const services: Counted[] = ['auth-service', ...gateways.map(() => 'fhir-gateway' as const)];
    const values = [services, [this.id, ...gateways]];
    const found = await this.pool.query<Row>({ ...BEAT, values }).catch(() => undefined);
    if (found) this.counts = new Map(found.rows.map(({ service, replicas }) => [service, replicas]));
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
