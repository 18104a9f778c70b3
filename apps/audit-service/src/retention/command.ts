/** `audit drop`. */
import { actingUser } from '@patient-access/platform/acting-user';
import { checkpointSigner } from '../checkpoints/checkpoint.ts';
import { withOwner, withPublisher, withRecords } from '../command/connections.ts';
import { meansFor } from '../command/keys.ts';
import { type AuditOptions, EXIT, UsageError } from '../command/options.ts';
import { keySettings } from '../config.ts';
import { dropMonths, planned } from './drop.ts';
import type { MonthToDrop } from './plan.ts';

const shown = (months: readonly MonthToDrop[]) =>
  months.flatMap(({ from, going }) =>
    going.map(({ tenant, records, heads }) => ({
      month: from.toISOString().slice(0, 7),
      tenant,
      records,
      upTo: Object.fromEntries(heads.map(({ lane, seq }) => [lane, seq])),
    })),
  );

/** @returns the months that were dropped, or would be, with how far each plan's chains went; it fails if a plan's trail does not verify */
export async function dropCommand(options: AuditOptions): Promise<object> {
  if (options['dry-run']) return withOwner(async (owner) => shown(await planned(owner, new Date())));
  const { keys, published } = await meansFor(options);
  const { events } = keys;
  if (!events)
    throw new UsageError(
      '--event-keys, or EVENT_PUBLIC_KEYS, is missing: what is dropped is verified as the services signed it',
    );
  const { CHECKPOINT_KEY, CHECKPOINT_PUBLIC_KEYS } = keySettings();
  if (CHECKPOINT_KEY === undefined)
    throw new UsageError('CHECKPOINT_KEY is missing: it signs what stands in the place of dropped months');
  const signer = await checkpointSigner(CHECKPOINT_KEY, CHECKPOINT_PUBLIC_KEYS);
  return withPublisher((publisher) =>
    withRecords((records) =>
      withOwner(async (owner) => {
        const onBroken = (what: string) => {
          console.error(what);
          process.exitCode = EXIT.broken;
        };
        const verifiedBy = { keys: { ...keys, events }, published };
        const means = { owner, records, signer, ...verifiedBy, publisher, by: actingUser(), onBroken };
        return shown(await dropMonths(means, new Date()));
      }),
    ),
  );
}
