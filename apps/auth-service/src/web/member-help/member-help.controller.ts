import { Controller, Get, NotFoundException, Req, Res } from '@nestjs/common';
import { Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { memberHelpPath, memberPath } from '../../domain/urls.ts';
import { Tenants } from '../../provider/tenants.ts';
import { memberHelpPage } from '../pages/member-help.ts';
import { pageFrame, rememberLanguageChoice } from '../pages/page-frame.ts';
import { sendPage, type TenantRequest } from '../session/session-context.ts';

/** What a plan tells its members about apps (42 CFR 431.60(f)). Nobody has to be logged in to read it. */
@Public()
@Controller()
export class MemberHelpController {
  private readonly tenants: Tenants;

  constructor(tenants: Tenants) {
    this.tenants = tenants;
  }

  @Get(memberHelpPath(':tenant'))
  async show(@Req() request: TenantRequest, @Res() reply: FastifyReply): Promise<void> {
    const server = await this.tenants.get(request.params.tenant);
    if (!server) throw new NotFoundException();
    const { tenant } = server;
    rememberLanguageChoice(tenant, request, reply);
    const frame = pageFrame(tenant, request);
    const replaced = tenant.settings.memberHelp[frame.texts.language];
    await sendPage(reply, memberHelpPage({ ...frame, replaced, apps: memberPath(tenant.id, 'apps') }));
  }
}
