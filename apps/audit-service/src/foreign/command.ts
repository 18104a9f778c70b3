/** `audit acknowledge`: shows the foreign records of a plan, and with `--records` signs for those that a file names. */
import { actingUser } from '@patient-access/platform/acting-user';
import { withAuditor, withOwner, withPublisher, withRecords } from '../command/connections.ts';
import { meansFor, operatorsKey, publicHalfOf } from '../command/keys.ts';
import { demandTrail } from '../command/known-plan.ts';
import { type AuditOptions, namedIn, required, UsageError } from '../command/options.ts';
import { keySettings } from '../config.ts';
import { acknowledge } from './acknowledge.ts';
import { type Acknowledgement, MAX_ACKNOWLEDGED, NamedRecords } from './acknowledgement.ts';
import { newForeignRecords } from './new-foreign-records.ts';

/** Without the services' keys nobody knows that they signed; without what is outside, what is cut or signed for already. */
function requireMeans(options: AuditOptions): void {
  const { CHECKPOINT_LOG: log, EVENT_PUBLIC_KEYS: services } = keySettings();
  if (options.checkpoints === undefined && log === undefined)
    throw new UsageError('--checkpoints, or CHECKPOINT_LOG, is missing');
  if (options['event-keys'] === undefined && services === undefined)
    throw new UsageError('--event-keys, or EVENT_PUBLIC_KEYS, is missing');
}

const onBeside = (what: string) => console.error(what);

/** Signs nothing. */
async function show(options: AuditOptions, tenant: string): Promise<object> {
  await withAuditor((auditor) => demandTrail(auditor, tenant));
  const { keys, published } = await meansFor(options);
  const found = await withRecords((records) =>
    newForeignRecords({ records, keys, published, onBeside }, tenant),
  );
  if (found.length > MAX_ACKNOWLEDGED)
    console.error(`these are the first ${MAX_ACKNOWLEDGED}: sign for them, and say it again for more`);
  return found.slice(0, MAX_ACKNOWLEDGED).map((record) => ({ tenant, ...record }));
}

/** @returns the records that nobody has signed for; with `--records` the statement that was signed */
export async function acknowledgeCommand(options: AuditOptions): Promise<object> {
  const tenant = required(options, 'tenant');
  requireMeans(options);
  const { records: file } = options;
  if (file === undefined) return show(options, tenant);
  const told = { tenant, reason: required(options, 'reason'), by: actingUser() };
  const named = await namedIn(file, NamedRecords);
  if (named.some((record) => record.tenant !== tenant))
    throw new UsageError(`--records names records of another plan than ${tenant}`);
  const key = await operatorsKey(options);
  // What the same operators have signed for already is not signed again.
  const { keys, published } = await meansFor(options, publicHalfOf(key));
  return withPublisher((publisher) =>
    withRecords((records) =>
      withOwner((owner) => {
        const publish = (statement: Acknowledgement) => publisher.publishStatement(statement);
        return acknowledge({ owner, records, keys, published, onBeside, key, publish }, told, named);
      }),
    ),
  );
}
