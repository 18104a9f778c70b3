/**
 * How many processes of a service live. Each replica of auth-service notes itself and the gateways that listen to it, in one
 * table, so that all of them count the same (ADR 104).
 */
import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { Pool } from '@patient-access/database';

const BEAT_MS = 5_000;
/** A process that was not noted for this long is gone: it missed two beats. */
const LIVES_SECONDS = 15;

type Counted = 'auth-service' | 'fhir-gateway';

/** Channel of the beats of all replicas; the payload is the replica's id and the number of its beat. */
export const BEAT_CHANNEL = 'beat';

/** Notes the processes of this replica, counts all that live, and notifies the others. New ones of its own are counted at once. */
const BEAT = {
  name: 'live-replicas',
  text: `WITH own AS (SELECT service, id FROM unnest($1::text[], $2::uuid[]) AS o (service, id)),
              noted AS (INSERT INTO live_replica (service, id, expires_at)
                        SELECT service, id, now() + make_interval(secs => ${LIVES_SECONDS})
                          FROM own GROUP BY service, id ORDER BY service, id
                        ON CONFLICT (service, id) DO UPDATE SET expires_at = excluded.expires_at),
              told AS MATERIALIZED (SELECT pg_notify('${BEAT_CHANNEL}', $3))
         SELECT service, count(*)::int AS replicas
           FROM (SELECT service, id FROM live_replica WHERE expires_at > now() UNION SELECT service, id FROM own) l
                CROSS JOIN told
          GROUP BY service`,
};

interface Row {
  service: string;
  replicas: number;
}

/** Emits `beat` with the number of a beat whose notice has been sent, once in {@link BEAT_MS}. */
export class LiveReplicas extends EventEmitter<{ beat: [number] }> {
  private readonly pool: Pool;
  private readonly id = randomUUID();
  /** a gateway that connects again has two streams for a moment */
  private readonly listening = new Set<{ gateway: string }>();
  private readonly timer: NodeJS.Timeout;
  private counts: ReadonlyMap<string, number> = new Map();
  private beats = 0;

  constructor(pool: Pool) {
    super();
    this.pool = pool;
    const beat = async () => {
      const number = await this.beat();
      if (number !== undefined) this.emit('beat', number);
    };
    this.timer = setInterval(() => void beat(), BEAT_MS).unref();
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

  /** While the database is away the last counts hold. @returns the number of the beat; undefined: nobody is told of it */
  async beat(): Promise<number | undefined> {
    const gateways = [...this.listening].map(({ gateway }) => gateway);
    const services: Counted[] = ['auth-service', ...gateways.map(() => 'fhir-gateway' as const)];
    const number = (this.beats += 1);
    const values = [services, [this.id, ...gateways], `${this.id} ${number}`];
    const found = await this.pool.query<Row>({ ...BEAT, values }).catch(() => undefined);
    if (!found) return undefined;
    this.counts = new Map(found.rows.map(({ service, replicas }) => [service, replicas]));
    return number;
  }

  /** @param notice of a beat @returns its number; undefined when it is one of another replica */
  numberIn(notice: string): number | undefined {
    const [id, number] = notice.split(' ');
    return id === this.id ? Number(number) : undefined;
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
