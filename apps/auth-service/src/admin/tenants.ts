import { z } from 'zod';
import type { PrismaClient } from '../generated/client.ts';
import { newSigningKeys } from '../keys/signing-keys.ts';

export const NewTenant = z.object({
  id: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'lower-case letters, digits and hyphens'),
  name: z.string().min(1).max(100),
  kind: z.enum(['preview', 'production']),
});
export type NewTenant = z.infer<typeof NewTenant>;

/** Who may register a client: anybody on a preview tenant, holders of an initial access token elsewhere. */
const REGISTRATION: Record<NewTenant['kind'], string> = { preview: 'open', production: 'token' };

/**
 * Creates a tenant with its signing keys, or renames it when it exists; its keys and kind stay.
 *
 * @param master KEY_ENCRYPTION_KEY
 */
export async function createTenant(prisma: PrismaClient, master: Buffer, tenant: NewTenant): Promise<void> {
  const { id, name, kind } = tenant;
  if (await prisma.tenant.findUnique({ where: { id } })) {
    await prisma.tenant.update({ where: { id }, data: { name } });
    return;
  }
  const keys = { create: newSigningKeys(master, id) };
  await prisma.tenant.create({ data: { id, name, kind, registration: REGISTRATION[kind], keys } });
}
