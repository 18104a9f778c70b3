import { Controller, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { queryOn } from '../../domain/database.ts';
import { receiptKeys } from '../../domain/keys/receipt-keys.ts';
import { receiptCheckPath, receiptKeysPath } from '../../domain/urls.ts';
import { SECURITY_HEADERS } from '../../provider/endpoints/security-headers.ts';
import { SHARED_SERVICES, type SharedServices } from '../../provider/shared-services.ts';
import { type TenantServer, Tenants } from '../../provider/tenants.ts';
import { answerPage } from '../pages/answer-page.ts';
import { pageFrame, rememberLanguageChoice } from '../pages/page-frame.ts';
import { receiptCheckPage } from '../pages/receipt-check.ts';
import { serverOf, TenantPipe } from '../services/tenant.pipe.ts';
import { sendPage, type TenantRequest } from '../session/session-context.ts';
import { answerCheck, type CheckContext } from './answer-check.ts';

const OPEN_TO_ALL = { 'Access-Control-Allow-Origin': '*', 'Cross-Origin-Resource-Policy': 'cross-origin' };

/**
 * Where anybody checks a receipt, without a login: by the page, or by a program with the keys. The page takes a post of
 * any site, because a receipt is a file with a form; nobody is logged in there, and nothing changes.
 */
@Public()
@Controller()
export class ReceiptCheckController {
  private readonly tenants: Tenants;
  private readonly services: SharedServices;

  constructor(tenants: Tenants, @Inject(SHARED_SERVICES) services: SharedServices) {
    this.tenants = tenants;
    this.services = services;
  }

  @Get(receiptCheckPath(':tenant'))
  async show(@Req() request: TenantRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.answer(request, reply, ({ frame }) => sendPage(reply, receiptCheckPage(frame)));
  }

  @Post(receiptCheckPath(':tenant'))
  async check(@Req() request: TenantRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.answer(request, reply, answerCheck);
  }

  /** The keys whose signature alone proves a receipt. One that others may know is not among them. */
  @Get(receiptKeysPath(':tenant'))
  async keys(
    @Param('tenant', TenantPipe) { tenant }: TenantServer,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const keys = await receiptKeys(queryOn(this.services.pool), tenant.id);
    const trusted = keys.filter(({ replacedAt }) => !replacedAt).map(({ publicJwk }) => publicJwk);
    await reply
      .headers({ ...SECURITY_HEADERS, ...OPEN_TO_ALL })
      .type('application/jwk-set+json')
      .send(JSON.stringify({ keys: trusted }));
  }

  private async answer(
    request: TenantRequest,
    reply: FastifyReply,
    act: (context: CheckContext) => FastifyReply | Promise<FastifyReply>,
  ): Promise<void> {
    const server = await serverOf(this.tenants, request.params.tenant);
    rememberLanguageChoice(server.tenant, request, reply);
    const asked = { services: this.services, server, request, reply };
    const check = () => act({ ...asked, frame: pageFrame(server.tenant, request) });
    await answerPage(asked, check, { evenIfSuspended: true });
  }
}
