import { GATEWAY_CLIENT_ID } from '@patient-access/smart';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Services, TenantContext } from '../tenant/tenant.ts';

/** The gateway asks about a token when, and only when, somebody uses it: at most every five seconds. */
export function noteUse({ grantUse }: Services, tenant: TenantContext) {
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    await next();
    const oidc = ctx.oidc as KoaContextWithOIDC['oidc'] | undefined;
    if (oidc?.route !== 'introspection' || oidc.client?.clientId !== GATEWAY_CLIENT_ID) return;
    const grantId = oidc.entities.AccessToken?.grantId;
    if (grantId !== undefined) grantUse.note(tenant.id, grantId);
  };
}
