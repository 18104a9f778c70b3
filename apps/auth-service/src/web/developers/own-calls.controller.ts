import { Controller, Get, Inject, NotFoundException, Query, Req, Res } from '@nestjs/common';
import { oauthErrorBody, unavailable } from '@patient-access/fhir';
import type { AppCall } from '@patient-access/internal-api';
import { attemptOf, noteReason, Public } from '@patient-access/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { errorOfCall, type TrailOfCalls } from '../../domain/developers/calls.ts';
import { clientBySecret } from '../../domain/developers/client-secret.ts';
import { callsPath } from '../../domain/urls.ts';
import { trailOfCalls } from '../../egress/trail-of-calls.ts';
import { callerOfClient } from '../../provider/audit/known-callers.ts';
import { SECURITY_HEADERS } from '../../provider/endpoints/security-headers.ts';
import { SHARED_SERVICES, type SharedServices } from '../../provider/shared-services.ts';
import { Tenants } from '../../provider/tenants.ts';

const Wanted = z.strictObject({ request: z.uuid().optional(), only: z.literal('refused').optional() });
type Wanted = z.infer<typeof Wanted>;

type CallsRequest = FastifyRequest<{ Params: { tenant: string } }>;

const REFUSED = 'Send Authorization: Basic with the client_id and the client_secret of your app.';

/** The same words as on the page. */
function described(call: AppCall) {
  const error = errorOfCall(call);
  const { at: time, requestId: request_id, request, outcome } = call;
  const why = error && { error: error.code, means: error.means, remedy: error.remedy };
  return { time, request_id, request, outcome, ...why };
}

/** The calls of one app in the last seven days, for the app itself: it proves itself with its own secret. */
@Public()
@Controller(callsPath(':tenant'))
export class OwnCallsController {
  private readonly tenants: Tenants;
  private readonly services: SharedServices;
  private readonly trail: TrailOfCalls;

  constructor(tenants: Tenants, @Inject(SHARED_SERVICES) services: SharedServices) {
    this.tenants = tenants;
    this.services = services;
    this.trail = trailOfCalls(services.config);
  }

  @Get()
  async list(
    @Req() request: CallsRequest,
    @Res() reply: FastifyReply,
    @Query({ schema: Wanted }) wanted: Wanted,
  ): Promise<void> {
    const { pool, config } = this.services;
    const { tenant } = (await this.tenants.get(request.params.tenant)) ?? {};
    if (!tenant || tenant.suspended) throw new NotFoundException();
    const client = await clientBySecret(pool, tenant.id, request.headers.authorization);
    void reply.headers(SECURITY_HEADERS);
    if (!client) {
      noteReason(request, 'invalid-client');
      const about = { requestId: request.id, publicUrl: config.PUBLIC_URL };
      const body = oauthErrorBody('client-authentication-failed', 'invalid_client', REFUSED, about);
      return void reply.code(401).header('www-authenticate', 'Basic realm="calls"').send(body);
    }
    const { id, metadata } = client;
    const caller = callerOfClient({ clientId: id, clientName: metadata.client_name });
    attemptOf(request).known = { tenant: tenant.id, caller };
    const calls = await this.trail.calls(tenant.id, [id], wanted).catch((error: unknown) => {
      throw unavailable(error);
    });
    return void reply.send({ calls: calls.map(described) });
  }
}
