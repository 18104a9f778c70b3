/** The operators' second statement: what came again after a restore, and what is lost (ADR 113). */
import { z } from 'zod';
import { oldestFirst } from '../checkpoints/signed.ts';
import { type SignedByOperators, operatorsStatements } from './signed-by-operators.ts';

/** Numbers of a producer, both ends included, and how many records of the tenant are meant. */
const OfProducer = z.object({
  producer: z.string().max(128),
  records: z.number().int().nonnegative(),
  ranges: z.array(z.tuple([z.number().int().positive(), z.number().int().positive()])),
});
export type OfProducer = z.infer<typeof OfProducer>;

/** What a later release adds is passed over. */
const Payload = z.object({
  tenant: z.string(),
  /** `signed` of the restore that it is about */
  restore: z.iso.datetime(),
  /** between these numbers nothing is missing any more */
  replayed: z.array(OfProducer),
  /** these have not come */
  lost: z.array(OfProducer),
  /** records that the backup lacks and whose producers no checkpoint names */
  unnamed: z.number().int().nonnegative(),
  /** name of the administrator */
  by: z.string().min(1).max(128),
  signed: z.iso.datetime(),
});

export type ReplayRecord = SignedByOperators<z.infer<typeof Payload>>;

/** Signs and reads these statements. */
export const replayStatements = operatorsStatements({ typ: 'patient-access-trail-replay', payload: Payload });

/** @returns of each restore the last statement about it, by tenant and the time of the restore */
export function lastReplays(replays: readonly ReplayRecord[]): Map<string, ReplayRecord> {
  const ascending = oldestFirst(replays);
  return new Map(ascending.map((replay) => [replayKey(replay.tenant, replay.restore), replay]));
}

/** By what {@link lastReplays} has a statement. */
export const replayKey = (tenant: string, restore: string): string => `${tenant} ${restore}`;
