import type { Options } from './options.ts';
import { table } from './report.ts';
import { lines, store, type Stored, withStore } from './store.ts';

interface IngestResults {
  first: Stored;
  /** the same lines again: nothing changes */
  again: Stored;
}

/** `npm run bench -- ingest`: a fixed NDJSON of the population, parsed, validated, indexed, stored; then once more. */
export async function measureIngest({
  members,
  seed,
}: Options): Promise<{ results: IngestResults; shown: string }> {
  const input = [...lines(members * RESOURCES_PER_MEMBER, seed)];
  const results = await withStore(async (urls) => ({
    first: await store(urls, input),
    again: await store(urls, input),
  }));
  const row = (name: string, { resources, rejected, seconds }: Stored) => [
    name,
    String(resources),
    String(rejected),
    (resources / seconds).toFixed(0),
  ];
  const head = ['ingest', 'resources', 'rejected', 'resources/s'];
  return { results, shown: table(head, [row('first time', results.first), row('unchanged', results.again)]) };
}

/** Enough of each member that the population's mix of types is the usual one. */
const RESOURCES_PER_MEMBER = 100;
