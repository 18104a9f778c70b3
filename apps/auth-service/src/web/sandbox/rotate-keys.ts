/** Rotates the tenant's keys as an operator would, with an overlap for which a developer can wait. */
import { createPrisma } from '../../domain/database.ts';
import { RETIREMENT_SECONDS, rotateKeys, RotationUnderWay } from '../../domain/administration/plans/keys.ts';
import { tooSoon } from './sandbox-error.ts';
import type { SandboxCaller } from './sandbox-caller.ts';

const ONCE_IN_SECONDS = 60;
/**
 * Verifiers wait before they fetch keys again for an unknown `kid` (30 s in our services). The overlap is longer than
 * that, and shorter than the time to the next rotation.
 */
const OVERLAP_SECONDS = 40;
const TIMES = { overlapSeconds: OVERLAP_SECONDS, retirementSeconds: RETIREMENT_SECONDS };

const secondsUntil = (time: Date): number => Math.max(1, Math.ceil((time.getTime() - Date.now()) / 1000));

/**
 * @returns the time at which the new keys begin to sign
 * @throws SandboxError 429 when the keys were rotated a moment ago, by an app of the tenant or by the plan
 */
export async function rotateSandboxKeys({ services, sandbox, tenant }: SandboxCaller): Promise<Date> {
  if (!(await sandbox.mayRotate(ONCE_IN_SECONDS))) throw tooSoon(ONCE_IN_SECONDS);
  const { pool, config } = services;
  try {
    // What an app does to its own plan has an event of its own.
    return await rotateKeys(createPrisma(pool), config.KEY_ENCRYPTION_KEY, tenant.id, undefined, TIMES);
  } catch (error) {
    throw error instanceof RotationUnderWay ? tooSoon(secondsUntil(error.signsFrom)) : error;
  }
}
