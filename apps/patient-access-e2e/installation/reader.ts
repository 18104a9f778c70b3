/** An app that reads at every gateway without stopping. */
import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '@patient-access/testing';

const READ_EVERY_MS = 40;
const LIMIT_MS = 10_000;

export interface Read {
  /** when the answer arrived, milliseconds since the epoch */
  at: number;
  status: number;
  data: boolean;
}

export async function readUrl(url: string, token: string): Promise<Read> {
  const signal = AbortSignal.timeout(LIMIT_MS);
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` }, signal });
  const text = await response.text();
  const { status } = response;
  return { at: Date.now(), status, data: status === 200 && text.includes('"resourceType"') };
}

/** Reads the member's Patient at each FHIR base until it is stopped. */
export function keepReading(
  bases: readonly string[],
  { accessToken, patient }: { accessToken: string; patient: string },
) {
  let stopped = false;
  const reads: Read[] = [];
  const loops = bases.map(async (base) => {
    while (!stopped) {
      reads.push(await readUrl(`${base}/Patient/${patient}`, accessToken));
      await delay(READ_EVERY_MS);
    }
  });
  return {
    reads,
    /** @throws Error when there is nothing to read */
    async started(): Promise<void> {
      await waitUntil(() => reads.filter(({ data }) => data).length > 2 * bases.length, {
        withinMs: LIMIT_MS,
        failure: () => `nothing to read: ${JSON.stringify(reads.at(-1))}`,
      });
    },
    async stop(): Promise<void> {
      stopped = true;
      await Promise.all(loops);
    },
  };
}
