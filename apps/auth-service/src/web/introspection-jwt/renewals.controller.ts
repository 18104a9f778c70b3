import { Body, Controller, Header, HttpCode, Inject, Param, Post } from '@nestjs/common';
import type { Pool } from '@patient-access/database';
import { RENEWALS_PATH, RenewalRequest, type Renewals } from '@patient-access/internal-api';
import { GrantUse } from '../../domain/consent/grant-use.ts';
import { offeredTypes } from '../../domain/grants/offered-types.ts';
import { findLiveToken } from '../../provider/introspection/live-token.ts';
import type { TenantServer } from '../../provider/tenants.ts';
import { TenantPipe } from '../services/tenant.pipe.ts';
import { POOL } from '../services/tokens.ts';

/** Says again who many tokens belong to, while the gateway uses them. Their look-ups share statements. */
@Controller(RENEWALS_PATH)
export class RenewalsController {
  private readonly pool: Pool;
  private readonly grantUse: GrantUse;

  constructor(@Inject(POOL) pool: Pool, grantUse: GrantUse) {
    this.pool = pool;
    this.grantUse = grantUse;
  }

  @Post()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  renew(
    @Param('tenant', TenantPipe) server: TenantServer,
    @Body({ schema: RenewalRequest }) { tokens }: RenewalRequest,
  ): Promise<Renewals> {
    return Promise.all(tokens.map((token) => this.renewed(server, token)));
  }

  private async renewed(
    { tenant, stores, signIntrospectionJwt }: TenantServer,
    token: string,
  ): Promise<string | null> {
    const found = await findLiveToken(this.pool, tenant, token);
    if (!found) return null;
    const { grantId, claims, mayHaveFault } = found;
    // A fault may be for one request, and there is none here that could use it up.
    if (stores.sandbox && mayHaveFault) return null;
    if (grantId !== undefined) this.grantUse.note(tenant.id, grantId);
    return signIntrospectionJwt({ ...claims, ...offeredTypes(tenant) });
  }
}
