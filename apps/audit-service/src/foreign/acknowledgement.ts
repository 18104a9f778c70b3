/**
 * The statement of the operators that they know of records which another service than their producer should have written
 * (`foreign`). It is signed with a key that no service has: whoever took over a service cannot have its records passed over.
 */
import { z } from 'zod';
import { type SignedByOperators, operatorsStatements } from '../restores/signed-by-operators.ts';

/** One statement names so many; another one goes on behind them. */
export const MAX_ACKNOWLEDGED = 1_000;

/** A record by its place and its hash in the chain, which stands for all records before it too. */
const Known = z.object({
  lane: z.number().int().nonnegative(),
  seq: z.number().int().positive(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  /** of the AuditEvent */
  id: z.string().max(64),
});
export type KnownRecord = z.infer<typeof Known>;

/** What the operators give back of what they were shown: the records that they sign for. */
export const NamedRecords = z
  .array(Known.extend({ tenant: z.string() }))
  .min(1)
  .max(MAX_ACKNOWLEDGED);

/** What a later release adds is passed over. */
const Payload = z.object({
  tenant: z.string(),
  acknowledged: z.array(Known).min(1).max(MAX_ACKNOWLEDGED),
  reason: z.string().min(1).max(512),
  /** name of the administrator */
  by: z.string().min(1).max(128),
  signed: z.iso.datetime(),
});

export type Acknowledgement = SignedByOperators<z.infer<typeof Payload>>;

/** Signs and reads these statements. */
export const acknowledgementStatements = operatorsStatements({
  typ: 'patient-access-trail-acknowledgement',
  payload: Payload,
});
