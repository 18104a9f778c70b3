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
  const calls = sessions.map(async ({ fhirBase, accessToken }) => {
    const claims = await new FhirClient(fhirBase, accessToken).search('ExplanationOfBenefit?_count=20');
    const headers = { authorization: `Bearer ${accessToken}` };
    const { pathname } = new URL(fhirBase);
    return claims.map(({ id }) => ({ path: `${pathname}/ExplanationOfBenefit/${id}`, headers }));
  });
  return (await Promise.all(calls)).flat();
}

const inWords = ({ median, low, high }: Spread): string =>
  `${median.toFixed(1)} (${low.toFixed(1)}–${high.toFixed(1)})`;

/** Each flood is compared with the share just before it: the machine is the same then. */
function movedPercent({ share = [], flood = [] }: Readonly<Record<string, Round[]>>): Spread {
  const p99 = (rounds: readonly Round[], at: number) => rounds[at]?.load.p99Ms ?? Number.NaN;
  return spread(flood.map((_, at) => (p99(flood, at) / p99(share, at) - 1) * 100));
}

export async function measureNeighbour({ members, seed, seconds, rounds, connections }: BenchOptions) {
  const results = await withInstallation({ members, seed }, async (installation) => {
    const measured: Record<string, Round[]> = { share: [], flood: [] };
    for (let round = 0; round < rounds; round += 1) {
      const sessions = await installation.sessions('launch/patient patient/*.rs');
      const url = new URL(sessions[0]?.fhirBase ?? '').origin;
      const [first] = sessions.map(({ tenant }) => tenant);
      const [noisy, quiet] = await Promise.all([
        claimReads(sessions.filter(({ tenant }) => tenant === first)),
        claimReads(sessions.filter(({ tenant }) => tenant !== first)),
      ]);
      for (const [name, times] of [
        ['share', 1],
        ['flood', FLOOD],
      ] as const) {
        const flood = { url, calls: noisy, expect: 200, seconds: seconds + 2 };
        const flooding = closedLoop().load({ ...flood, connections: connections * times });
        await new Promise((resolve) => setTimeout(resolve, START_MS));
        const asked = { url, calls: quiet, expect: 200, seconds, perSecond: PER_SECOND };
        const load = await generate('open-loop', asked);
        const of = await flooding;
        measured[name]?.push({ load, flooding: of.requests / of.seconds });
      }
    }
    return measured;
  });
  const show = (all: readonly Round[], of: (round: Round) => number) => inWords(spread(all.map(of)));
  const rows = Object.entries(results).map(([name, all]) => [
    name === 'share' ? `${connections} connections` : `${connections * FLOOD} connections`,
    show(all, ({ load }) => load.p50Ms),
    show(all, ({ load }) => load.p99Ms),
    show(all, ({ load }) => load.errors),
    show(all, ({ flooding }) => flooding),
  ]);
  const moved = movedPercent(results);
  const head = ['one plan with', "the other's p50 ms", 'p99 ms', 'errors', 'answers/s of the first'];
  const shown = `${markdownTable(head, rows)}\n\nThe other's p99 moves by (%): ${inWords(moved)}`;
  return { results: { ...results, movedPercent: moved }, shown };
}
