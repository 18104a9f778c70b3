/** The keys and checkpoints that a command uses. */
import { createPublicKey } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { eventKeys } from '@patient-access/events';
import { type CheckpointKeys, checkpointKeys, checkpointSigner } from '../checkpoints/checkpoint.ts';
import { keySettings } from '../config.ts';
import { withStatements } from '../verify/operator-statements.ts';
import { type Outside, readOutside } from '../verify/outside.ts';
import { readOutsideTopic } from '../verify/outside-topic.ts';
import type { VerifierKeys } from '../verify/verify.ts';
import { type AuditOptions, required, UsageError } from './options.ts';

/** Instead of a file: the topic. */
const KAFKA = 'kafka';
/** Instead of a file: what is piped in, which leaves nothing on the machine. */
const STANDARD_INPUT = '-';

/** The private key of the operators, PEM. */
export function operatorsKey(options: AuditOptions): Promise<string> {
  const file = required(options, 'restore-key');
  return file === STANDARD_INPUT ? text(process.stdin) : readFile(file, 'utf8');
}

/** @returns the public key that belongs to a private one, PEM */
export const publicHalfOf = (pem: string): string =>
  String(createPublicKey(pem).export({ type: 'spki', format: 'pem' }));

/** Public keys of the checkpoints: a file, or the settings together with what belongs to the private key. */
export async function checkpointKeysFor({ keys }: AuditOptions): Promise<CheckpointKeys> {
  if (keys !== undefined) return checkpointKeys(await readFile(keys, 'utf8'));
  const { CHECKPOINT_PUBLIC_KEYS: pem, CHECKPOINT_KEY: own } = keySettings();
  if (own !== undefined) return (await checkpointSigner(own, pem)).keys;
  if (pem !== undefined) return checkpointKeys(pem);
  throw new UsageError('--keys, or CHECKPOINT_PUBLIC_KEYS, is missing');
}

/**
 * What was signed and is kept outside the database: in Kafka, in the file that is named, or in the usual one if there is one
 * yet. And what the operators say in their own file.
 */
export async function outsideFor(
  options: AuditOptions,
  keys: CheckpointKeys,
  ofOperators?: string,
): Promise<Outside> {
  const { checkpoints: named, 'restore-keys': operators } = options;
  const settings = keySettings();
  const { CHECKPOINT_LOG: usual, OPERATOR_STATEMENTS, RESTORE_PUBLIC_KEYS } = settings;
  const configured = operators === undefined ? RESTORE_PUBLIC_KEYS : await readFile(operators, 'utf8');
  const pem = ofOperators ?? configured;
  if (named !== undefined && named !== KAFKA) await access(named);
  const outside =
    named === KAFKA
      ? await readOutsideTopic(settings, keys, pem)
      : await readOutside(named ?? usual, keys, pem);
  return withStatements(outside, OPERATOR_STATEMENTS, keys, pem);
}

/**
 * And the keys of the services that record events, today's and earlier ones.
 *
 * @param ofOperators public keys of the operators, PEM, in the place of those that are configured
 */
export async function meansFor(
  options: AuditOptions,
  ofOperators?: string,
): Promise<{ keys: VerifierKeys; published: Outside['checkpoints']; replays: Outside['replays'] }> {
  const { 'event-keys': file } = options;
  const events =
    file === undefined ? keySettings().EVENT_PUBLIC_KEYS : eventKeys(await readFile(file, 'utf8'));
  const checkpoints = await checkpointKeysFor(options);
  const outside = await outsideFor(options, checkpoints, ofOperators);
  const { restores, acknowledgements, checkpoints: published, replays } = outside;
  return { keys: { checkpoints, events, restores, acknowledgements }, published, replays };
}
