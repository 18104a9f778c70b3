/**
 * Runs the three services that hold members' records in this process, and sends everything that an app can request.
 */
import { createPool, type Pool } from '@patient-access/database';
import { type Definition, definitions, type Resource, servedTypes } from '@patient-access/fhir';
import { RECORD_SERVICES } from '@patient-access/topology';
import { type Databases, type IngestItem, Ingest } from '../../src/ingest.ts';
import { asMember, base, type Bundle, nextOf, startWorld, type World } from '../world.ts';

export interface RecordServices {
  worlds: Map<string, World>;
  pools: Map<string, Pool>;
  databases(owner: string): Databases;
  /** Stores resources as an import does. @throws when one is rejected */
  store(tenant: string, resources: readonly Resource[]): Promise<void>;
  stop(): Promise<void>;
}

const ownerOf = (type: string) => (definitions.get(type) as Definition).owner;
const BATCH = 400;

const memberOf = ({ resourceType }: Resource) => (definitions.get(resourceType) as Definition).membership;
/** The order of an import: resources that share the member of another resource come after it. */
const TURNS: ((resource: Resource) => boolean)[] = [
  (resource) => memberOf(resource).by !== 'reference',
  (resource) => isAfter(resource) === false,
  (resource) => isAfter(resource) === true,
];

function isAfter(resource: Resource): boolean | undefined {
  const member = memberOf(resource);
  return member.by === 'reference' ? member.afterOthers === true : undefined;
}

async function storeAll(databases: Databases, tenant: string, resources: readonly Resource[]): Promise<void> {
  for (let from = 0; from < resources.length; from += BATCH) {
    const items = resources.slice(from, from + BATCH).map((resource): IngestItem<string> => ({
      resource,
      origin: `${resource.resourceType}/${resource.id}`,
    }));
    const ingest = new Ingest(databases, tenant);
    for (const result of await ingest.storePrepared(await ingest.prepare(items)))
      if (result.status === 'rejected') throw new Error(`${result.origin}: ${result.reason}`);
  }
}

export async function startRecordServices(): Promise<RecordServices> {
  const worlds = new Map<string, World>();
  const pools = new Map<string, Pool>();
  for (const owner of RECORD_SERVICES) {
    const [first] = worlds.values();
    const world = await startWorld({}, owner, undefined, first?.issuer);
    worlds.set(owner, world);
    // Each writer needs one connection to each database (turns/labelled.test.ts has four writers).
    pools.set(owner, await createPool(world.urls.ingest, { max: 4, statementTimeoutMs: 60_000 }));
  }
  const all = [...pools.values()];
  const databases = (owner: string): Databases => ({ own: pools.get(owner) as Pool, all });
  return {
    worlds,
    pools,
    databases,
    async store(tenant, resources) {
      for (const turn of TURNS)
        for (const [owner, of] of Map.groupBy(resources.filter(turn), ({ resourceType }) =>
          ownerOf(resourceType),
        ))
          await storeAll(databases(owner), tenant, of);
    },
    async stop() {
      await Promise.all(all.map((pool) => pool.end()));
      for (const world of [...worlds.values()].toReversed()) await world.stop();
    },
  };
}

/** Removes what may differ between two equal worlds: their names, ids of requests and versions, and times. */
function comparable(text: string, tenant: string): unknown {
  const value = JSON.parse(text.replaceAll(base(tenant), 'BASE')) as unknown;
  return scrub(value);
}

const OF_REQUESTS = ['versionId', 'lastUpdated', 'diagnostics', 'etag', 'lastModified'];

function scrub(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(scrub);
  if (typeof value !== 'object' || value === null) return value;
  const isBundle = (value as Resource).resourceType === 'Bundle';
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !OF_REQUESTS.includes(name) && !(isBundle && ['id', 'link'].includes(name)))
      .map(([name, inner]) => [name, scrub(inner)]),
  );
}

/** Sorts by URL, because resources that came together in one world may have come one after the other in the other. */
const byUrl = (entries: unknown[]) =>
  entries.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));

/** Reads all pages of a search as one answer. */
async function pagesOf(tenant: string, ask: Asking, path: string): Promise<unknown> {
  let answer = await ask(path);
  const first = comparable(answer.text, tenant) as Record<string, unknown>;
  if (answer.status !== 200 || first['resourceType'] !== 'Bundle') return { status: answer.status, first };
  const sizes: number[] = [];
  const entries: unknown[] = [];
  for (;;) {
    const bundle = comparable(answer.text, tenant) as unknown as Bundle;
    sizes.push(bundle.entry?.length ?? 0);
    entries.push(...(bundle.entry ?? []));
    const next = nextOf(answer, tenant);
    // The record continues at the next service, which is requested separately.
    const isElsewhere = /_part=([a-z-]+)/.exec(next ?? '')?.[1] !== /_part=([a-z-]+)/.exec(path)?.[1];
    if (next === undefined || isElsewhere) break;
    answer = await ask(next);
  }
  const inOrder = path.includes('_sort') || path.includes('_history') ? entries : byUrl(entries);
  return { status: 200, first: { ...first, entry: undefined }, sizes, entries: inOrder };
}

type Asking = Awaited<ReturnType<typeof asMember>>;

/** All types. The scope names those that a wildcard does not cover. */
const SCOPE = [
  'patient/*.rs',
  ...servedTypes.filter((type) => definitions.get(type)?.namedOnly).map((type) => `patient/${type}.rs`),
].join(' ');
/** Shorter than the lifetime of a token. */
const RENEWED_AFTER_MS = 2_000;

/** Sends requests and renews the token from time to time, because tokens are short-lived. */
function renewing(logIn: () => Promise<Asking>): Asking {
  let since = 0;
  let current: Promise<Asking> | undefined;
  return async (path, question) => {
    if (Date.now() - since > RENEWED_AFTER_MS) {
      since = Date.now();
      current = logIn();
    }
    return ((await current) as Asking)(path, question);
  };
}

/** All requests about a type: everything, in pages, as counts, and by each of its parameters. */
function questionsOf(type: string, keys: readonly string[]): string[] {
  const { search } = definitions.get(type) as Definition;
  const byParameter = Object.entries(search).flatMap(([name, { kind, targets }]) => {
    if (kind === 'date') return [`${type}?_sort=-${name}`, `${type}?${name}=ge2000&_summary=count`];
    if (kind !== 'reference') return [`${type}?${name}:missing=false&_summary=count`];
    const fitting = keys.filter((key) => !targets || targets.includes(key.split('/')[0] ?? ''));
    return [`${type}?${name}:missing=true&_summary=count`, ...fitting.map((key) => `${type}?${name}=${key}`)];
  });
  return [
    `${type}?_count=7`,
    `${type}?_total=accurate&_count=1`,
    `${type}?_sort=_id&_elements=id`,
    ...byParameter,
  ];
}

export interface AskedAnswers {
  released: string[];
  /** keys of all resources that there may be */
  known: readonly string[];
  /** those of them by which searches ask */
  keys: readonly string[];
  /** one request in so many is sent; if absent, all are */
  oneIn?: number;
}

/** All requests of a member's app and their answers, by request. */
export async function answersOf(
  { worlds }: RecordServices,
  tenant: string,
  { released, known, keys, oneIn = 1 }: AskedAnswers,
): Promise<Map<string, unknown>> {
  const answers = new Map<string, unknown>();
  for (const [owner, world] of worlds) {
    const ask = renewing(() => asMember(world, tenant, 'anna', { sensitive: released, scope: SCOPE }));
    const types = servedTypes.filter((type) => ownerOf(type) === owner);
    const searched = types.filter((type) => definitions.get(type)?.interactions.includes('search-type'));
    const questions = [
      ...searched.flatMap((type) => questionsOf(type, keys)),
      ...known
        .filter((key) => types.includes(key.split('/')[0] ?? ''))
        .flatMap((key) => [key, `${key}/_history`]),
      `Patient/anna/$everything?_count=50&_part=${owner}`,
      ...(types.includes('DocumentReference') ? ['DocumentReference/$docref?patient=anna'] : []),
    ];
    for (const question of questions.filter((_, at) => at % oneIn === 0))
      answers.set(`${owner} ${question}`, await pagesOf(tenant, ask, question));
    answers.set(`${owner} beside`, await beside(ask, tenant, keys));
  }
  return answers;
}

/** The gateway's request about a page that refers to all of these resources and is referred to by them. */
async function beside(ask: Asking, tenant: string, keys: readonly string[]): Promise<unknown> {
  const revinclude = [{ type: 'Provenance', parameter: 'target', of: keys }];
  const body = JSON.stringify({ include: keys, revinclude });
  const headers = { 'content-type': 'application/json' };
  const { status, text } = await ask('$related', { method: 'POST', headers, body });
  return {
    status,
    entries: byUrl(
      text
        .split('\n')
        .filter(Boolean)
        .map((line) => comparable(line, tenant)),
    ),
  };
}
