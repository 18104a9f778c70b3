import {
  Controller,
  HttpCode,
  Inject,
  NotFoundException,
  Param,
  Post,
  Req,
  Res,
  ServiceUnavailableException,
} from '@nestjs/common';
import { inTransaction } from '@patient-access/database';
import { Public } from '@patient-access/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { recordAct } from '../../domain/audit/acts.ts';
import { queryOn } from '../../domain/database.ts';
import { endEverythingOf, lockPeople, memberBehind } from '../../domain/federation/people.ts';
import { endSessionsOf } from '../../domain/accounts/sessions.ts';
import { rememberOnce } from '../../domain/grants/records.ts';
import { digest } from '../../domain/keys/secrets.ts';
import { backChannelLogoutPath } from '../../domain/urls.ts';
import type { IdentityProvider } from '../../egress/identity-provider.ts';
import type { Logout } from '../../egress/logout-token.ts';
import { isAboutToken } from '../../egress/provider-keys.ts';
import { clientAddress } from '../../provider/endpoints/client-address.ts';
import { SHARED_SERVICES, type SharedServices } from '../../provider/shared-services.ts';
import type { TenantServer } from '../../provider/tenants.ts';
import { postedForm } from '../pages/posted-form.ts';
import { TenantPipe } from '../services/tenant.pipe.ts';

/** Longer than a logout token is good. */
const REPLAY_SECONDS = 600;
const ADMINISTRATOR = 'identity provider';

/** @throws what is wrong with the token; or that the provider's keys cannot be had, see `isAboutToken` */
async function logoutIn(provider: IdentityProvider, request: FastifyRequest): Promise<Logout> {
  const { logoutTokens } = await provider.endpoints();
  return logoutTokens.verify(postedForm(request).get('logout_token') ?? '');
}

/** OpenID Connect Back-Channel Logout 1.0: the plan's identity provider says that somebody has logged out there. */
@Public()
@Controller()
export class BackChannelLogoutController {
  private readonly services: SharedServices;

  constructor(@Inject(SHARED_SERVICES) services: SharedServices) {
    this.services = services;
  }

  /**
   * Section 2.8: 200 when it is done, 400 for a token that is not good. A subject who is unknown here has nothing. Where the
   * keys of the provider cannot be had or ending fails, the answer is 503 and the token is as good as before: the provider may
   * send it again.
   */
  @Post(backChannelLogoutPath(':tenant'))
  @HttpCode(200)
  async logOut(
    @Param('tenant', TenantPipe) server: TenantServer,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    if (!server.identityProvider) throw new NotFoundException();
    void reply.header('cache-control', 'no-store');
    const refused = (err: unknown) =>
      this.services.logger.warn(
        { err, tenant: server.tenant.id, requestId: request.id },
        'a logout was refused',
      );
    const logout = await logoutIn(server.identityProvider, request).catch((error: unknown) => {
      refused(error);
      if (!isAboutToken(error)) throw new ServiceUnavailableException();
    });
    if (logout) {
      if (await this.end(server, request, logout)) return {};
      refused(new Error('the logout token was used before'));
    }
    void reply.code(400);
    return { error: 'invalid_request', error_description: 'the logout token is not accepted' };
  }

  /** @returns false for a token that was used before */
  private async end(
    { tenant }: TenantServer,
    request: FastifyRequest,
    { iss, subject, id }: Logout,
  ): Promise<boolean> {
    const everything = tenant.settings.federation?.backChannelLogout === 'everything';
    const actor = { tenant: tenant.id, administrator: ADMINISTRATOR, address: clientAddress(request) };
    return inTransaction(this.services.pool, async (db) => {
      // A use that fails is taken back with the rest.
      if (!(await rememberOnce(db, tenant.id, `logout/${digest(`${iss} ${id}`)}`, REPLAY_SECONDS)))
        return false;
      const query = queryOn(db);
      for (const row of await lockPeople(query, tenant, { subject })) {
        if (everything) await endEverythingOf(query, tenant.id, row.sub);
        else await endSessionsOf(query, tenant.id, row.sub);
        const act = { action: 'back-channel-logout', member: memberBehind(row) };
        await recordAct(db, { ...actor, requestId: request.id }, act);
      }
      return true;
    });
  }
}
