import { Controller, Delete, Inject, NotFoundException, Post, Req, Res } from '@nestjs/common';
import { Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { SECURITY_HEADERS } from '../../provider/endpoints/security-headers.ts';
import { postedForm } from '../pages/page-request.ts';
import { SHARED_SERVICES, type SharedServices } from '../../provider/shared-services.ts';
import { Tenants } from '../../provider/tenants.ts';
import { sandboxPath } from '../../domain/urls.ts';
import { SandboxRefusal } from './refusal.ts';
import { CLEAR, SET } from './set-fault.ts';
import { type SandboxRequest, findSandboxCaller } from './sandbox-caller.ts';

/** Switches for app developers who test how their app copes: on preview tenants; elsewhere there is no such path. */
@Public()
@Controller(sandboxPath(':tenant'))
export class SandboxController {
  private readonly tenants: Tenants;
  private readonly services: SharedServices;

  constructor(tenants: Tenants, @Inject(SHARED_SERVICES) services: SharedServices) {
    this.tenants = tenants;
    this.services = services;
  }

  @Post(':switch')
  turnOn(@Req() request: SandboxRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.answer(request, reply, SET);
  }

  @Delete(':switch')
  turnOff(@Req() request: SandboxRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.answer(request, reply, CLEAR);
  }

  private async answer(request: SandboxRequest, reply: FastifyReply, switches: typeof SET): Promise<void> {
    const { switch: name } = request.params;
    const act = switches.get(name);
    if (!act) throw new NotFoundException();
    const action = `sandbox-${name}${switches === CLEAR ? '-off' : ''}`;
    try {
      const caller = await findSandboxCaller(this.services, this.tenants, request, action);
      const result = await act(caller, Object.fromEntries(postedForm(request)));
      await reply.code(200).headers(SECURITY_HEADERS).send(result);
    } catch (error) {
      if (!(error instanceof SandboxRefusal)) throw error;
      const body = { error: error.error, error_description: error.message };
      await reply
        .code(error.status)
        .headers({ ...SECURITY_HEADERS, ...error.headers })
        .send(body);
    }
  }
}
