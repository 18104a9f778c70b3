import { Controller, Delete, Inject, NotFoundException, Post, Req, Res } from '@nestjs/common';
import { noteReason, Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { SECURITY_HEADERS } from '../../provider/endpoints/security-headers.ts';
import { postedForm } from '../pages/posted-form.ts';
import { SHARED_SERVICES, type SharedServices } from '../../provider/shared-services.ts';
import { Tenants } from '../../provider/tenants.ts';
import { sandboxPath } from '../../domain/urls.ts';
import { SandboxError } from './sandbox-error.ts';
import { CLEARERS, SETTERS } from './set-fault.ts';
import { authenticateSandboxCaller, type SandboxRequest } from './sandbox-caller.ts';

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

  private async applyFault(
    request: SandboxRequest,
    reply: FastifyReply,
    handlers: typeof SETTERS,
  ): Promise<void> {
    const { fault } = request.params;
    const handler = handlers.get(fault);
    if (!handler) throw new NotFoundException();
    const action = `sandbox-${fault}${handlers === CLEARERS ? '-off' : ''}`;
    try {
      const caller = await authenticateSandboxCaller(this.services, this.tenants, request, action);
      const response = await handler(caller, Object.fromEntries(postedForm(request)));
      await reply.code(200).headers(SECURITY_HEADERS).send(response);
    } catch (error) {
      if (!(error instanceof SandboxError)) throw error;
      noteReason(request, error.error.replaceAll('_', '-'));
      const body = { error: error.error, error_description: error.message };
      await reply
        .code(error.status)
        .headers({ ...SECURITY_HEADERS, ...error.headers })
        .send(body);
    }
  }
}
