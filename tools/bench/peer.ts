/**
 * Another FHIR server in the place of the limits (`--peer`). It gets the resources of one plan as the product has stored
 * them, under the same ids, and is asked the same questions in turn with the product.
 */
import pg from 'pg';
import type { Beside } from './beside.ts';
import type { BenchInstallation } from './installation.ts';
import type { Peer } from './options.ts';
import { processName, usage } from './processes.ts';
import { askPeer, type Population } from './scenarios.ts';
import { BENCH_TENANT } from './store.ts';

const DATABASES = ['coverage', 'claims', 'clinical'] as const;
/** A server may look for each resource that another one names, so these come first. */
const NAMED = [
  'Organization',
  'Location',
  'Practitioner',
  'Patient',
  'PractitionerRole',
  'Coverage',
  'Encounter',
];
const BATCH = 100;

const TYPES = 'SELECT DISTINCT type FROM resource WHERE tenant = $1';
const RESOURCES = `
  SELECT member, type, id, body FROM resource
   WHERE tenant = $1 AND type = $2 AND form = 0 AND (member, id) > ($3, $4) ORDER BY member, id LIMIT ${BATCH}`;

interface Row {
  member: string;
  type: string;
  id: string;
  body: string;
}

/** Every resource of the plan, in batches of one type. */
async function* batches(databaseUrl: string): AsyncGenerator<Row[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows: found } = await client.query<{ type: string }>(TYPES, [BENCH_TENANT]);
    const types = found.map(({ type }) => type);
    for (const type of [
      ...NAMED.filter((one) => types.includes(one)),
      ...types.filter((one) => !NAMED.includes(one)),
    ])
      for (let after = { member: '', id: '' }; ;) {
        const { rows } = await client.query<Row>(RESOURCES, [BENCH_TENANT, type, after.member, after.id]);
        const last = rows.at(-1);
        if (!last) break;
        yield rows;
        after = last;
      }
  } finally {
    await client.end();
  }
}

async function send(base: string, rows: readonly Row[]): Promise<void> {
  const entry = rows.map(({ type, id, body }) => ({
    resource: JSON.parse(body) as object,
    request: { method: 'PUT', url: `${type}/${id}` },
  }));
  const response = await fetch(base, {
    method: 'POST',
    headers: { 'content-type': 'application/fhir+json', prefer: 'return=minimal' },
    body: JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry }),
  });
  const text = await response.text();
  if (!response.ok)
    throw new Error(`the peer did not take a batch: ${response.status} ${text.slice(0, 300)}`);
  const { entry: answers = [] } = JSON.parse(text) as {
    entry?: { response?: { status?: string; outcome?: object } }[];
  };
  const refused = answers.find(({ response: answer }) => !answer?.status?.startsWith('2'));
  if (refused) throw new Error(`the peer refused a resource: ${JSON.stringify(refused).slice(0, 300)}`);
}

/** Loads the plan's resources. @returns their number, and the time and processor time of one */
async function fill(installation: BenchInstallation, { base, pids }: Peer): Promise<string> {
  const cpu = () => [...usageOf(pids).values()].reduce((sum, { seconds }) => sum + seconds, 0);
  const [startedAt, before] = [performance.now(), cpu()];
  let sent = 0;
  for (const database of DATABASES)
    for await (const rows of batches(installation.database(database))) {
      await send(base, rows);
      sent += rows.length;
    }
  const perSecond = (sent * 1000) / (performance.now() - startedAt);
  return `${sent} resources loaded, ${perSecond.toFixed(0)}/s, ${(((cpu() - before) * 1e6) / sent).toFixed(0)} µs each`;
}

const usageOf = (pids: readonly number[]) => usage(pids, (command) => processName(command) ?? 'peer');

const ofPlan = <Session extends { tenant: string }>(sessions: readonly Session[]) =>
  sessions.filter(({ tenant }) => tenant === BENCH_TENANT);

/** Loads the plan's resources into the peer. */
export async function peerBeside(installation: BenchInstallation, peer: Peer): Promise<Beside> {
  console.error(await fill(installation, peer));
  const ask = askPeer(peer.base);
  return {
    name: 'peer',
    has: ({ productOnly = false }) => !productOnly,
    among: ({ sessions, narrow }: Population) => ({ sessions: ofPlan(sessions), narrow: ofPlan(narrow) }),
    asked: async (scenario, people) => ({
      url: new URL(peer.base).origin,
      calls: await scenario.product(people, ask),
    }),
    usage: () => usageOf(peer.pids),
    stop: () => undefined,
  };
}
