import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common';
import { OperationError, unavailable } from '@patient-access/fhir';
import type { AppCall } from '@patient-access/internal-api';
import { Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { errorOfCall, type TrailOfCalls } from '../../domain/developers/calls.ts';
import { callsPath } from '../../domain/urls.ts';
import { trailOfCalls } from '../../egress/trail-of-calls.ts';
import { SHARED_SERVICES, type SharedServices } from '../../provider/shared-services.ts';
import { type AppRequest, AppsBySecret } from './apps-by-secret.ts';

const Wanted = z.strictObject({ request: z.uuid().optional(), only: z.literal('refused').optional() });
const HOW = 'Send request with one request id, or only=refused, or both, or neither, and nothing else.';

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
  private readonly apps: AppsBySecret;
  private readonly trail: TrailOfCalls;

  constructor(apps: AppsBySecret, @Inject(SHARED_SERVICES) { config }: SharedServices) {
    this.apps = apps;
    this.trail = trailOfCalls(config);
  }

  @Get()
  async list(@Req() request: AppRequest, @Res() reply: FastifyReply, @Query() query: object): Promise<void> {
    const app = await this.apps.find(request, reply);
    if (!app) return;
    const { data: wanted } = Wanted.safeParse(query);
    if (!wanted) throw new OperationError('request-invalid', HOW);
    const calls = await this.trail.calls(app.tenant, [app.client], wanted).catch((error: unknown) => {
      throw unavailable(error);
    });
    return void reply.send({ calls: calls.map(described) });
  }
}
