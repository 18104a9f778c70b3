import { Controller, Delete, Get, Inject, Post, Req, Res } from '@nestjs/common';
import { oauthErrorBody } from '@patient-access/fhir';
import { noteCode, noteReason, Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { SECURITY_HEADERS } from '../../provider/endpoints/security-headers.ts';
import { postedForm } from '../pages/posted-form.ts';
import { SHARED_SERVICES, type SharedServices } from '../../provider/shared-services.ts';
import { Tenants } from '../../provider/tenants.ts';
import { sandboxPath } from '../../domain/urls.ts';
import { invalidRequest, methodOfFault, noSuchFault, SandboxError } from './sandbox-error.ts';
import { CLEARERS, SETTERS } from './set-fault.ts';
import { authenticateSandboxCaller, type SandboxRequest } from './sandbox-caller.ts';

/** Any other method, after the caller is known: a plan without a sandbox has nothing at the path. */
const REFUSERS: typeof SETTERS = new Map(
  [...SETTERS.keys()].map((fault) => [
    fault,
    () => Promise.reject(methodOfFault(CLEARERS.has(fault) ? 'POST, DELETE' : 'POST')),
  ]),
);

/** @throws SandboxError for parameters as JSON: nobody would read them, and another fault would be set than the app meant */
function parametersOf(request: SandboxRequest): Record<string, string> {
  const { body } = request;
  const isJson = typeof body === 'object' && !(body instanceof FormData);
  if (isJson && Object.keys(body ?? {}).length > 0)
    throw invalidRequest('Send the parameters as application/x-www-form-urlencoded.');
  return Object.fromEntries(postedForm(request));
}

/** App developers set faults for their own app, to test how it copes. Only preview tenants have this path. */
@Public()
@Controller(sandboxPath(':tenant'))
export class SandboxController {
  private readonly tenants: Tenants;
  private readonly services: SharedServices;

  constructor(tenants: Tenants, @Inject(SHARED_SERVICES) services: SharedServices) {
    this.tenants = tenants;
    this.services = services;
  }

  @Post(':fault')
  setFault(@Req() request: SandboxRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.applyFault(request, reply, SETTERS);
  }

  @Delete(':fault')
  clearFault(@Req() request: SandboxRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.applyFault(request, reply, CLEARERS);
  }

  @Get(':fault')
  refuseMethod(@Req() request: SandboxRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.applyFault(request, reply, REFUSERS);
  }

  private async applyFault(
    request: SandboxRequest,
    reply: FastifyReply,
    handlers: typeof SETTERS,
  ): Promise<void> {
    const { fault } = request.params;
    const handler = handlers.get(fault);
    if (!handler) return this.refuse(request, reply, noSuchFault());
    const action = `sandbox-${fault}${handlers === CLEARERS ? '-off' : ''}`;
    try {
      const caller = await authenticateSandboxCaller(this.services, this.tenants, request, action);
      const response = await handler(caller, parametersOf(request));
      await reply.code(200).headers(SECURITY_HEADERS).send(response);
    } catch (error) {
      if (!(error instanceof SandboxError)) throw error;
      await this.refuse(request, reply, error);
    }
  }

  private async refuse(request: SandboxRequest, reply: FastifyReply, error: SandboxError): Promise<void> {
    noteReason(request, error.error.replaceAll('_', '-'));
    noteCode(request, error.code);
    const about = { requestId: request.id, publicUrl: this.services.config.PUBLIC_URL };
    await reply
      .code(error.status)
      .headers({ ...SECURITY_HEADERS, ...error.headers })
      .send(oauthErrorBody(error.code, error.error, error.message, about));
  }
}
