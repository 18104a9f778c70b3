/** What members saw of the time without a primary. */
import { isDeepStrictEqual } from 'node:util';
import type { Drill } from '../drill.ts';
import { type Failure, inWords, type SteadyLoad } from '../replicas/load.ts';

/** From the instant in which the address leads to the new primary. */
const SERVED_AGAIN_MS = 30_000;
const SHOWN = 10;

/** What an app is told, in the words of its library. A login of a person ends at a page, which says the same in words. */
const TOLD: Readonly<Record<Failure['what'], RegExp>> = {
  reads: /: 503 OperationOutcome transient$/,
  refreshes: /: 503 \{"error":"temporarily_unavailable",/,
  logins: /./,
};

export interface Outage {
  /** the primary was killed */
  begins: number;
  /** the address leads to the new primary */
  ends: number;
}

/**
 * Looks at each answer with data: a search gets what it got the first time. The trail is left out, which grows with each
 * request.
 */
export function sameAsFirst(): (path: string, answer: string) => void {
  const first = new Map<string, unknown>();
  return (path, answer) => {
    if (path.startsWith('AuditEvent')) return;
    const { entry } = JSON.parse(answer) as { entry?: unknown };
    if (!first.has(path)) first.set(path, entry);
    if (!isDeepStrictEqual(entry, first.get(path))) throw new Error(`${path}: other data than before`);
  };
}

const seconds = (ms: number): string => (ms / 1_000).toFixed(1);
const listed = (failures: readonly Failure[]): string =>
  failures.slice(0, SHOWN).map(inWords).join('\n         ');

/** Says what failed of a kind, and expects that it is nothing but the time without a primary. */
function judgeKind(drill: Drill, what: Failure['what'], load: SteadyLoad, { begins, ends }: Outage): void {
  const failures = load.failures.filter((each) => each.what === what);
  const times = failures.map(({ at }) => at.getTime());
  const lasted = failures.length === 0 ? 0 : Math.max(...times) - begins;
  drill.say(
    `${what}: ${failures.length} of ${load.counts[what]} failed, the last one ${seconds(lasted)} s after the kill`,
  );
  const strange = failures.filter(({ why }) => !TOLD[what].test(why));
  drill.expect(strange.length === 0, `${what}: nothing was said but that it is for a while`, listed(strange));
  const outside = failures.filter(({ at }) => +at < begins || +at > ends + SERVED_AGAIN_MS);
  drill.expect(outside.length === 0, `${what}: none failed before, and none after`, listed(outside));
}

export function judgeOutage(drill: Drill, load: SteadyLoad, outage: Outage): void {
  drill.say(`there was no primary for ${seconds(outage.ends - outage.begins)} s`);
  for (const what of ['reads', 'refreshes', 'logins'] as const) judgeKind(drill, what, load, outage);
}
