/** What `npm run audit:verify` prints of restores. */
import { lastReplays, type OfProducer, type ReplayRecord, replayKey } from './replay-record.ts';
import type { RestoredLane } from './restored-lane.ts';

const rangesIn = ({ ranges }: OfProducer) =>
  ranges.map(([first, last]) => (first === last ? `${first}` : `${first}–${last}`)).join(', ');

function laneLine(tenant: string, { lane, signed, from, to, replayed }: RestoredLane): string {
  const lost = Math.max(0, to - from + 1 - replayed);
  return (
    `RESTORED  ${tenant}: records ${from} to ${to} of lane ${lane} were signed for before the restore of ${signed}; ` +
    `at most ${replayed} of that time came again, at least ${lost} are lost`
  );
}

function replayLines(tenant: string, signed: string, replay: ReplayRecord | undefined): string[] {
  if (!replay)
    return [
      `RESTORED  ${tenant}: what came again after the restore of ${signed} is not stated yet (restore --finish)`,
    ];
  const { lost, replayed, unnamed } = replay;
  const came = replayed.reduce((sum, { records }) => sum + records, 0);
  const head = `RESTORED  ${tenant}: ${came} records came again, as the operators signed at ${replay.signed}`;
  const gone = lost.map(
    (each) => `LOST      ${each.producer}: ${rangesIn(each)} (${each.records} records of ${tenant})`,
  );
  const unknown = `LOST      ${tenant}: of ${unnamed} more records that the backup lacked no checkpoint names the producer`;
  return [head, ...gone, ...(unnamed > 0 ? [unknown] : [])];
}

/** @param replays statements about any tenant */
export function restoredLines(
  tenant: string,
  lanes: readonly RestoredLane[],
  replays: readonly ReplayRecord[],
): string[] {
  const last = lastReplays(replays);
  const restores = [...new Set(lanes.map(({ signed }) => signed))];
  return [
    ...lanes.map((lane) => laneLine(tenant, lane)),
    ...restores.flatMap((signed) => replayLines(tenant, signed, last.get(replayKey(tenant, signed)))),
  ];
}
