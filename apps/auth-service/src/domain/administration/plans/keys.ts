/** Rotation of a tenant's signing keys. */
import { KEY_CACHE_SECONDS } from '@patient-access/smart';
import type { PrismaClient, SigningKey } from '../../../generated/client.ts';
import { type Operator, recordActsBy } from '../../audit/acts.ts';
import { inPrismaTransaction, queryIn } from '../../database.ts';
import { replaceReceiptKey } from '../../keys/receipt-keys.ts';
import { keyState } from '../../keys/schedule.ts';
import { newSigningKeys } from '../../keys/signing-keys.ts';
import { SIGNED_SECONDS } from '../../grants/lifetimes.ts';
import type { Keys } from '../../keys/secrets.ts';

/** A new key is published for this time before it signs. No cache of the published keys is older. */
const OVERLAP_SECONDS = KEY_CACHE_SECONDS + 300;
/** A key stays published for this time after its last signature. By then everything that it signed has expired. */
export const RETIREMENT_SECONDS = SIGNED_SECONDS + 60;

interface RotationTimes {
  overlapSeconds: number;
  retirementSeconds: number;
}

/** An earlier rotation of the tenant has not ended. */
export class RotationUnderWay extends Error {
  readonly signsFrom: Date;

  constructor(signsFrom: Date) {
    super(`a rotation is under way: its keys sign from ${signsFrom.toISOString()}`);
    this.signsFrom = signsFrom;
  }
}

const TIMES: RotationTimes = { overlapSeconds: OVERLAP_SECONDS, retirementSeconds: RETIREMENT_SECONDS };
const seconds = (count: number): number => count * 1000;

async function keysOf(prisma: PrismaClient, tenantId: string): Promise<SigningKey[]> {
  const keys = await prisma.signingKey.findMany({ where: { tenantId }, orderBy: { signsFrom: 'asc' } });
  if (keys.length === 0) throw new Error(`no tenant "${tenantId}"`);
  return keys;
}

/**
 * Gives a tenant new signing keys. They are published at once and sign after the overlap; then the old keys retire.
 * The stored times alone tell every replica when.
 *
 * @param by whose act it is in the trail; undefined: it leaves no event
 * @returns when the new keys sign
 * @throws RotationUnderWay when the keys of an earlier rotation do not sign yet; Error when there is no such tenant
 */
export async function rotateKeys(
  prisma: PrismaClient,
  masters: Keys,
  tenantId: string,
  by?: Operator,
  { overlapSeconds, retirementSeconds } = TIMES,
): Promise<Date> {
  const now = new Date();
  const next = (await keysOf(prisma, tenantId)).find(({ signsFrom }) => signsFrom > now);
  if (next) throw new RotationUnderWay(next.signsFrom);
  const signsFrom = new Date(now.getTime() + seconds(overlapSeconds));
  const retiresAt = new Date(signsFrom.getTime() + seconds(retirementSeconds));
  const data = newSigningKeys(masters, tenantId).map((key) => ({ ...key, tenantId, signsFrom }));
  await inPrismaTransaction(prisma, async (transaction) => {
    await transaction.signingKey.updateMany({ where: { tenantId, retiresAt: null }, data: { retiresAt } });
    await transaction.signingKey.createMany({ data });
    await recordActsBy(queryIn(transaction), by, tenantId, [{ action: 'keys-rotate' }]);
  });
  return signsFrom;
}

/**
 * Gives a tenant new signing keys and drops all others, because somebody else may know them. Everything that they
 * signed is void. Caches fetch the keys again when they see the first JWT with a new key. Receipts get another key as
 * well; those that the old one signed are then confirmed by the plan's own record.
 *
 * @param by whose act it is in the trail
 */
export async function replaceKeys(
  prisma: PrismaClient,
  masters: Keys,
  tenantId: string,
  by: Operator,
): Promise<void> {
  await keysOf(prisma, tenantId);
  const data = newSigningKeys(masters, tenantId).map((key) => ({ ...key, tenantId }));
  await inPrismaTransaction(prisma, async (transaction) => {
    await transaction.$executeRaw`UPDATE signing_key SET retires_at = now() WHERE tenant = ${tenantId}`;
    await transaction.$executeRaw`DELETE FROM signing_key WHERE tenant = ${tenantId}`;
    await transaction.signingKey.createMany({ data });
    await replaceReceiptKey(queryIn(transaction), masters, tenantId);
    await recordActsBy(queryIn(transaction), by, tenantId, [{ action: 'keys-replace' }]);
  });
}

/** @returns a line for each key of a tenant: id, algorithm, state, from when it signs, when it retires */
export async function describeKeys(prisma: PrismaClient, tenantId: string): Promise<string[]> {
  const keys = await keysOf(prisma, tenantId);
  const now = new Date();
  return keys.map((key) => {
    const times = [key.signsFrom.toISOString(), key.retiresAt?.toISOString() ?? '-'];
    return [key.kid, key.alg, keyState(key, keys, now), ...times].join('  ');
  });
}
