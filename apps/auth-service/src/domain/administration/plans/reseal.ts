/** Seals everything in the database with another KEY_ENCRYPTION_KEY. */
import { isDeepStrictEqual } from 'node:util';
import type { Pool } from '@patient-access/database';
import type { PrismaClient } from '../../../generated/client.ts';
import { inPrismaTransaction, queryIn, queryOn } from '../../database.ts';
import { resealReceiptKeys } from '../../keys/receipt-keys.ts';
import type { Keys } from '../../keys/secrets.ts';
import { resealKey } from '../../keys/signing-keys.ts';
import { resealSecondFactors } from '../../second-factor/reseal-factors.ts';
import { resealSecrets } from '../../tenant/federation-settings.ts';

/** How many of each kind there are. */
interface Resealed {
  keys: number;
  identityProviders: number;
  secondFactors: number;
}

/** @returns what was done, for people */
export const resealedLine = ({ keys, identityProviders, secondFactors }: Resealed): string =>
  `${keys} keys, the secrets of ${identityProviders} identity providers and ${secondFactors} second factors are sealed with the first key`;

/**
 * What is read is written back. So whoever sets the settings of a plan, or takes its keys away, comes before this or after it, as
 * another run of this does.
 */
const HOLD = [
  'SELECT FROM tenant ORDER BY id FOR NO KEY UPDATE',
  'SELECT FROM signing_key ORDER BY tenant, kid FOR NO KEY UPDATE',
];

/** The keys of tenants, those of receipts too, and the secrets of their identity providers: few rows, so all or none. */
function resealTenants(prisma: PrismaClient, masters: Keys) {
  return inPrismaTransaction(prisma, async (transaction) => {
    for (const statement of HOLD) await queryIn(transaction)(statement, []);
    const rows = await transaction.signingKey.findMany();
    for (const row of rows) {
      const { tenantId, kid } = row;
      const { sealed } = resealKey(masters, row);
      await transaction.signingKey.update({ where: { tenantId_kid: { tenantId, kid } }, data: { sealed } });
    }
    const keys = rows.length + (await resealReceiptKeys(queryIn(transaction), masters));
    let identityProviders = 0;
    for (const { id, settings } of await transaction.tenant.findMany()) {
      const resealed = resealSecrets(masters, id, settings);
      if (isDeepStrictEqual(resealed, settings)) continue;
      await transaction.tenant.update({ where: { id }, data: { settings: resealed as object } });
      identityProviders += 1;
    }
    return { keys, identityProviders };
  });
}

/**
 * Seals everything with the first key of KEY_ENCRYPTION_KEY, whichever of its keys sealed it before. It can be repeated.
 *
 * @throws Error that names what none of the keys opens; what was sealed with the first key until then stays so
 */
export async function reseal(prisma: PrismaClient, pool: Pool, masters: Keys): Promise<Resealed> {
  const ofTenants = await resealTenants(prisma, masters);
  return { ...ofTenants, secondFactors: await resealSecondFactors(queryOn(pool), masters) };
}
