import { Inject, Injectable } from '@nestjs/common';
import { oauthErrorBody } from '@patient-access/fhir';
import { attemptOf, noteCode, noteReason } from '@patient-access/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { clientBySecret } from '../../domain/developers/client-secret.ts';
import { callerOfClient } from '../../provider/audit/known-callers.ts';
import { SECURITY_HEADERS } from '../../provider/endpoints/security-headers.ts';
import { TRY_AGAIN_AFTER } from '../../provider/endpoints/suspension.ts';
import { SHARED_SERVICES, type SharedServices } from '../../provider/shared-services.ts';
import { Tenants } from '../../provider/tenants.ts';
import { serverOf } from '../services/tenant.pipe.ts';

export type AppRequest = FastifyRequest<{ Params: { tenant: string } }>;

/** What an app asks about itself is about this app alone. */
export interface AppBySecret {
  tenant: string;
  client: string;
}

const SUSPENDED = 'This plan is suspended. Try again later.';
const REFUSED = 'Send Authorization: Basic with the client_id and the client_secret of your app.';

/** Lets an app ask about itself by its own secret. The attempt is recorded under the app. */
@Injectable()
export class AppsBySecret {
  private readonly tenants: Tenants;
  private readonly services: SharedServices;

  constructor(tenants: Tenants, @Inject(SHARED_SERVICES) services: SharedServices) {
    this.tenants = tenants;
    this.services = services;
  }

  /**
   * @returns undefined when it has answered with 401, or with 503 at a suspended plan
   * @throws NotFoundException at a plan that is not there
   */
  async find(request: AppRequest, reply: FastifyReply): Promise<AppBySecret | undefined> {
    const { pool, config } = this.services;
    const { tenant } = await serverOf(this.tenants, request.params.tenant);
    void reply.headers(SECURITY_HEADERS);
    const about = { requestId: request.id, publicUrl: config.PUBLIC_URL };
    if (tenant.suspended) {
      noteReason(request, 'plan-suspended');
      noteCode(request, 'plan-suspended');
      const body = oauthErrorBody('plan-suspended', 'temporarily_unavailable', SUSPENDED, about);
      return void reply.code(503).header('retry-after', TRY_AGAIN_AFTER).send(body);
    }
    const client = await clientBySecret(pool, tenant.id, request.headers.authorization);
    if (!client) {
      noteReason(request, 'invalid-client');
      noteCode(request, 'client-authentication-failed');
      const body = oauthErrorBody('client-authentication-failed', 'invalid_client', REFUSED, about);
      return void reply.code(401).header('www-authenticate', 'Basic realm="calls"').send(body);
    }
    const { id, metadata } = client;
    const caller = callerOfClient({ clientId: id, clientName: metadata.client_name });
    attemptOf(request).known = { tenant: tenant.id, caller };
    return { tenant: tenant.id, client: id };
  }
}
