import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { memberHelpPath, memberPath } from '../../domain/urls.ts';
import type { TenantServer } from '../../provider/tenants.ts';
import { memberHelpPage } from '../pages/member-help.ts';
import { pageFrame, rememberLanguageChoice } from '../pages/page-frame.ts';
import { TenantPipe } from '../services/tenant.pipe.ts';
import { sendPage, type TenantRequest } from '../session/session-context.ts';

/** What a plan tells its members about apps (42 CFR 431.60(f)). Nobody has to be logged in to read it. */
@Public()
@Controller()
export class MemberHelpController {
  @Get(memberHelpPath(':tenant'))
  async show(
    @Param('tenant', TenantPipe) { tenant }: TenantServer,
    @Req() request: TenantRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    rememberLanguageChoice(tenant, request, reply);
    const frame = pageFrame(tenant, request);
    const replaced = tenant.settings.memberHelp[frame.texts.language];
    await sendPage(reply, memberHelpPage({ ...frame, replaced, apps: memberPath(tenant.id, 'apps') }));
  }
}
