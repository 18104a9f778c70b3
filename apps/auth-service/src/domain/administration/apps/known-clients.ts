import { z } from 'zod';
import type { Prisma, PrismaClient } from '../../../generated/client.ts';
import { parseMetadata } from '../../clients/metadata.ts';
import { webOrigins } from '../../clients/redirect-uri.ts';
import type { Tenant } from '../../tenant/tenant.ts';

/** A public app of the installation itself, such as the test client of the developer site. */
export const KnownClient = z.strictObject({
  tenant: z.string().min(1),
  /** its client_id, which whoever installs it chooses */
  id: z.string().regex(/^[a-z0-9-]{1,64}$/, 'lower-case letters, digits and hyphens'),
  /** RFC 7591 client metadata; it has no secret, because the seed may run again */
  metadata: z.looseObject({ token_endpoint_auth_method: z.literal('none') }),
});
export type KnownClient = z.infer<typeof KnownClient>;

/** Registers an app at a preview plan, or sets it to what is said now. A ban stays. @throws RegistrationError */
export async function saveKnownClient(
  prisma: PrismaClient,
  tenant: Pick<Tenant, 'id' | 'name' | 'kind' | 'settings'>,
  client: KnownClient,
): Promise<void> {
  const [{ id: tenantId, kind }, { id }] = [tenant, client];
  if (kind !== 'preview') throw new Error(`"${tenantId}" is no preview plan: register "${id}" by hand`);
  const metadata = parseMetadata(client.metadata, { tenant, trusted: true });
  const stored = { ...metadata } as Prisma.InputJsonObject;
  const data = { metadata: stored, origins: webOrigins(metadata.redirect_uris) };
  await prisma.client.upsert({
    where: { tenantId_id: { tenantId, id } },
    create: { tenantId, id, registeredBy: 'plan', ...data },
    update: data,
  });
}
