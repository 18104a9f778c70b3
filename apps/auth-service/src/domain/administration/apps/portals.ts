import { inTransaction, type Pool } from '@patient-access/database';
import { z } from 'zod';
import { insertClient } from '../../clients/clients.ts';
import { newClientId, newRandomSecret } from '../../clients/credentials.ts';
import type { ClientMetadata } from '../../clients/metadata.ts';
import { recordAct } from '../../audit/acts.ts';
import type { PrismaClient } from '../../../generated/client.ts';
import { openPlan } from '../administration.ts';

export const NewPortal = z.object({ tenant: z.string().min(1), name: z.string().min(1).max(100) });
export type NewPortal = z.infer<typeof NewPortal>;

/**
 * Registers a portal of the plan, which may open launches and nothing else.
 *
 * @param administrator who acts, for the event
 * @returns its credentials; only a digest of the secret is stored, so it is not shown again
 * @throws NotFoundError when there is no such plan
 */
export async function createPortal(
  prisma: PrismaClient,
  pool: Pool,
  { tenant, name }: NewPortal,
  administrator: string,
): Promise<{ client_id: string; client_secret: string }> {
  await openPlan(prisma, tenant);
  const [id, secret] = [newClientId(), newRandomSecret()];
  const metadata: ClientMetadata = {
    client_name: name,
    redirect_uris: [],
    response_types: [],
    grant_types: [],
    application_type: 'web',
    token_endpoint_auth_method: 'client_secret_basic',
    verified: true,
    may_launch: true,
  };
  await inTransaction(pool, async (db) => {
    await insertClient(db, tenant, { id, metadata, registeredBy: 'plan', secret });
    await recordAct(db, { tenant, administrator }, { action: 'portal-create', client: { id, metadata } });
  });
  return { client_id: id, client_secret: secret };
}
