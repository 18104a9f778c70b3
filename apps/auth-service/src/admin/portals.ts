import { randomBytes, randomUUID } from 'node:crypto';
import type { Pool } from '@patient-access/database';
import type { AdapterPayload, ClientMetadata } from 'oidc-provider';
import { z } from 'zod';
import type { PrismaClient } from '../generated/client.ts';
import { MAY_LAUNCH } from '../launch/client-metadata.ts';
import { RecordAdapter } from '../oidc/adapter.ts';
import { VERIFIED } from '../oidc/registration.ts';

const SECRET_BYTES = 32;

export const NewPortal = z.object({ tenant: z.string().min(1), name: z.string().min(1).max(100) });
export type NewPortal = z.infer<typeof NewPortal>;

/**
 * Registers a system of the plan's own that may open launches, and nothing else.
 *
 * @returns its credentials; of the secret a digest is kept, so that it is shown this once
 * @throws Error that names the tenant when there is none
 */
export async function createPortal(
  prisma: PrismaClient,
  pool: Pool,
  { tenant, name }: NewPortal,
): Promise<{ client_id: string; client_secret: string }> {
  if (!(await prisma.tenant.findUnique({ where: { id: tenant } }))) throw new Error(`no tenant "${tenant}"`);
  const credentials = {
    client_id: randomUUID(),
    client_secret: randomBytes(SECRET_BYTES).toString('base64url'),
  };
  const metadata: ClientMetadata = {
    ...credentials,
    client_name: name,
    ...{ redirect_uris: [], response_types: [], grant_types: [] },
    token_endpoint_auth_method: 'client_secret_basic',
    [VERIFIED]: true,
    [MAY_LAUNCH]: true,
  };
  await new RecordAdapter(pool, tenant, 'Client').upsert(credentials.client_id, {
    ...metadata,
  } as AdapterPayload);
  return credentials;
}
