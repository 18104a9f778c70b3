/** `audit restore` and `audit restore --finish`. */
import { actingUser } from '@patient-access/platform/acting-user';
import { withOwner, withPublisher, withRecords } from '../command/connections.ts';
import { checkpointKeysFor, operatorsKey, outsideFor, publicHalfOf } from '../command/keys.ts';
import { type AuditOptions, required } from '../command/options.ts';
import { keySettings } from '../config.ts';
import { recordReplay } from './record-replay.ts';
import { recordRestore } from './record-restore.ts';
import type { ReplayRecord } from './replay-record.ts';
import type { RestoreRecord } from './restore-record.ts';

/** Says that the trail of a plan was restored, before the service starts. */
async function begin(options: AuditOptions): Promise<object> {
  const [tenant, reason] = [required(options, 'tenant'), required(options, 'reason')];
  const key = await operatorsKey(options);
  const checkpointKeys = await checkpointKeysFor(options);
  const { RESTORE_PUBLIC_KEYS: earlier = '' } = keySettings();
  const outside = await outsideFor(options, checkpointKeys, `${publicHalfOf(key)}\n${earlier}`);
  const told = { tenant, reason, by: actingUser(), undoes: options.undoes ?? [] };
  return withPublisher((publisher) =>
    withRecords((records) =>
      withOwner((owner) => {
        const publish = (record: RestoreRecord) => publisher.publishStatement(record);
        return recordRestore({ owner, records, key, publish, checkpointKeys }, told, outside);
      }),
    ),
  );
}

/** Says what came again of the last restore that the operators' own key has signed. */
async function finish(options: AuditOptions): Promise<object> {
  const tenant = required(options, 'tenant');
  const key = await operatorsKey(options);
  const { restores } = await outsideFor(options, await checkpointKeysFor(options), publicHalfOf(key));
  const of = restores.findLast((restored) => restored.tenant === tenant);
  if (!of) throw new Error(`no restore of ${tenant} is known that this key has signed`);
  return withPublisher((publisher) => {
    const publish = (record: ReplayRecord) => publisher.publishStatement(record);
    return withOwner((owner) => recordReplay({ owner, key, publish }, of, actingUser()));
  });
}

/** @returns the statement that was signed */
export const restoreCommand = (options: AuditOptions): Promise<object> =>
  options.finish ? finish(options) : begin(options);
