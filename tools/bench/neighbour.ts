/**
 * `npm run bench -- neighbour`: the latency for one plan's members while another plan's apps flood the installation.
 */
import { FhirClient } from '@patient-access/first-call';
import { type BenchSession, withInstallation } from './installation.ts';
import type { Call, LoadResult } from './load/call.ts';
import { closedLoop, generate } from './load/closed-loop.ts';
import type { BenchOptions } from './options.ts';
import { markdownTable } from './report.ts';
import { spread, type Spread } from './statistics.ts';

/** The steady rate of the other plan's requests. */
const PER_SECOND = 50;
const FLOOD = 10;
const START_MS = 500;

interface Round {
  /** result of the other plan's requests */
  load: LoadResult;
  /** responses per second to the flooding plan, of any status */
  flooding: number;
}

/** @returns requests that read the claims of these members one after the other */
async function claimReads(sessions: readonly BenchSession[]): Promise<Call[]> {
  const calls: Call[] = [];
  for (const { fhirBase, accessToken } of sessions) {
    const claims = await new FhirClient(fhirBase, accessToken).search('ExplanationOfBenefit?_count=20');
    const headers = { authorization: `Bearer ${accessToken}` };
    const { pathname } = new URL(fhirBase);
    calls.push(...claims.map(({ id }) => ({ path: `${pathname}/ExplanationOfBenefit/${id}`, headers })));
  }
  return calls;
}

const inWords = ({ median, low, high }: Spread): string =>
  `${median.toFixed(1)} (${low.toFixed(1)}–${high.toFixed(1)})`;

/** How many connections the flooding plan has, as a multiple of its own. */
const TIMES = { alone: 0, share: 1, flood: FLOOD } as const;
type Name = keyof typeof TIMES;

/** Each flood is compared with the round of another name just before it: the machine is the same then. */
function movedPercent(measured: Readonly<Record<Name, Round[]>>, from: Name): Spread {
  const p99 = (name: Name, at: number) => measured[name][at]?.load.p99Ms ?? Number.NaN;
  return spread(measured.flood.map((_, at) => (p99('flood', at) / p99(from, at) - 1) * 100));
}

interface Load {
  noisy: Call[];
  quiet: Call[];
  url: string;
  seconds: number;
}

/** @param connections of the flooding plan; 0: it sends nothing */
async function measureRound({ noisy, quiet, url, seconds }: Load, connections: number): Promise<Round> {
  const flood = { url, calls: noisy, expect: 200, seconds: seconds + 2, connections };
  const flooding = connections > 0 ? closedLoop().load(flood) : undefined;
  await new Promise((resolve) => setTimeout(resolve, START_MS));
  const load = await generate('open-loop', {
    url,
    calls: quiet,
    expect: 200,
    seconds,
    perSecond: PER_SECOND,
  });
  const of = await flooding;
  return { load, flooding: of ? of.requests / of.seconds : 0 };
}

function report(measured: Readonly<Record<Name, Round[]>>, connections: number): string {
  const show = (all: readonly Round[], of: (round: Round) => number) => inWords(spread(all.map(of)));
  const rows = Object.entries(measured).map(([name, all]) => [
    `${connections * TIMES[name as Name]} connections`,
    show(all, ({ load }) => load.p50Ms),
    show(all, ({ load }) => load.p99Ms),
    show(all, ({ load }) => load.errors),
    show(all, ({ flooding }) => flooding),
  ]);
  const head = ['one plan with', "the other's p50 ms", 'p99 ms', 'errors', 'answers/s of the first'];
  const moved = (from: Name) => inWords(movedPercent(measured, from));
  return `${markdownTable(head, rows)}

The flood moves the other's p99 (%) from the first plan's own load by: ${moved('share')}
from no load of the first plan by: ${moved('alone')}`;
}

export async function measureNeighbour({ members, seed, seconds, rounds, connections }: BenchOptions) {
  const measured = await withInstallation({ members, seed }, async (installation) => {
    const all: Record<Name, Round[]> = { alone: [], share: [], flood: [] };
    for (let round = 0; round < rounds; round += 1) {
      const sessions = await installation.sessions('launch/patient patient/*.rs');
      const url = new URL(sessions[0]?.fhirBase ?? '').origin;
      const [first] = sessions.map(({ tenant }) => tenant);
      const [noisy, quiet] = await Promise.all([
        claimReads(sessions.filter(({ tenant }) => tenant === first)),
        claimReads(sessions.filter(({ tenant }) => tenant !== first)),
      ]);
      for (const [name, times] of Object.entries(TIMES))
        all[name as Name].push(await measureRound({ noisy, quiet, url, seconds }, connections * times));
    }
    return all;
  });
  const moved = { share: movedPercent(measured, 'share'), alone: movedPercent(measured, 'alone') };
  return { results: { ...measured, movedPercent: moved }, shown: report(measured, connections) };
}
