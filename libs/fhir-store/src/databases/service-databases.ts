/** The databases of a service: the first one, and those beside it to which plans have moved. */
import { createReadPool, type ReadPool } from '@patient-access/database';
import type { AccessEvent } from '@patient-access/events';
import { type Owner, unavailable } from '@patient-access/fhir';
import { type Outbox, openOutbox, OutboxMetrics } from '@patient-access/outbox';
import type { Logger, Metrics } from '@patient-access/platform';
import type { FhirServiceConfig } from '../config.ts';
import { FurtherDatabase } from './further-database.ts';
import { Lookout, saidBy } from './lookout.ts';
import { DISPUTED, Places } from './places.ts';
import { routedReads } from './routed-reads.ts';
import { FIRST_DATABASE } from './setting.ts';

/** One database: what is read there, and the events of these reads. */
interface OneDatabase {
  reads: ReadPool;
  outbox: Outbox;
  close(): Promise<void>;
}

export interface ServiceDatabases {
  /** each plan's rows, wherever they are */
  reads: ReadPool;
  /** records each event beside the rows that were read, so that a plan's database has all of the plan */
  outbox: { record(event: AccessEvent): Promise<void>; isFull(tenant: string): boolean };
  /** the outbox of the first database, for events that are about no row */
  first: Outbox;
  /** notices where plans are, and when the first database cannot be used */
  lookout: Lookout;
  close(): Promise<void>;
}

type Further = ReadonlyMap<string, FurtherDatabase<OneDatabase>>;

function openerFor(owner: Owner, config: Readonly<FhirServiceConfig>, logger: Logger, metrics: Metrics) {
  const shown = new OutboxMetrics(metrics);
  return async (name: string, url: string): Promise<OneDatabase> => {
    const nameOf = (pool: string) => (name === FIRST_DATABASE ? pool : `${pool} of ${name}`);
    const reads = await createReadPool(url, { max: config.DATABASE_CONNECTIONS });
    const settings = { ...config, DATABASE_URL: url };
    const outbox = await openOutbox(settings, owner, logger, shown, nameOf('outbox')).catch(async (error) => {
      await reads.end();
      throw error;
    });
    metrics.pool(nameOf('reads'), reads.counts);
    return {
      reads,
      outbox,
      async close() {
        await outbox.close();
        await reads.end();
      },
    };
  };
}

async function isUsable([name, database]: [string, FurtherDatabase<OneDatabase>]): Promise<[string, number]> {
  const answered = database.isOpen && saidBy(database.now.reads).then(() => true);
  return [name, Number(await Promise.resolve(answered).catch(() => false))];
}

function showFurther(metrics: Metrics, further: Further): void {
  if (further.size === 0) return;
  metrics.gauge(
    'further_database_open',
    '1 when a database beside the first one answers, 0 while its plans are answered with 503.',
    async () => Object.fromEntries(await Promise.all([...further].map(isUsable))),
    'database',
  );
}

const whyNot = (name: string): string =>
  name === DISPUTED
    ? 'two databases say that they have the plan: one of them came from a backup (import:move-plan --is-there)'
    : `a plan has moved to "${name}", which DATABASES does not name`;

function route(first: OneDatabase, further: Further): ServiceDatabases {
  const places = new Places();
  const named = (name: string) =>
    name === FIRST_DATABASE ? { isOpen: true, now: first } : further.get(name);
  const at = (name: string): OneDatabase => {
    const database = named(name)?.now;
    if (!database) throw unavailable(new Error(whyNot(name)));
    return database;
  };
  const others = () => [...further.values()].filter(({ isOpen }) => isOpen).map(({ now }) => now.reads);
  const lookout = new Lookout(places, first.reads, others);
  return {
    lookout,
    reads: routedReads({
      places,
      several: further.size > 0,
      readsOf: (name) => at(name).reads,
      others,
    }),
    outbox: {
      record: async (event) => at(places.of(event.tenant)).outbox.record(event),
      // What cannot be reached is refused when it is read.
      isFull(tenant) {
        const database = named(places.of(tenant));
        return database?.isOpen === true && database.now.outbox.isFull();
      },
    },
    first: first.outbox,
    async close() {
      await Promise.all([first, ...further.values()].map((database) => database.close()));
    },
  };
}

/** @throws Error when the first database cannot be reached, or when a role is too strong in any of them */
export async function openDatabases(
  owner: Owner,
  config: Readonly<FhirServiceConfig> & { DATABASES?: Readonly<Record<string, string>> },
  logger: Logger,
  metrics: Metrics,
): Promise<ServiceDatabases> {
  const open = openerFor(owner, config, logger, metrics);
  const first = await open(FIRST_DATABASE, config.DATABASE_URL);
  const further = new Map(
    Object.entries(config.DATABASES ?? {}).map(([name, url]) => [
      name,
      new FurtherDatabase(
        () => open(name, url),
        (error) =>
          logger.warn({ database: name, reason: String(error) }, 'a further database cannot be used'),
      ),
    ]),
  );
  for (const database of further.values()) await database.start();
  showFurther(metrics, further);
  const databases = route(first, further);
  await databases.lookout.look();
  await databases.lookout.whenSearched();
  return databases;
}
