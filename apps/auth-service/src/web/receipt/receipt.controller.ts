import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import { Public } from '@patient-access/platform';
import type { Pool } from '@patient-access/database';
import type { FastifyReply } from 'fastify';
import { POOL } from '../services/tokens.ts';
import { type TenantRequest, seeOther, sendPage, type SessionContext } from '../session/session-context.ts';
import { OWN_PAGE_HEADERS } from '../pages/headers.ts';
import { receiptPage } from '../pages/receipt.ts';
import { MemberSessions } from '../session/member-sessions.ts';
import { memberPath, receiptPath } from '../../domain/urls.ts';
import { type Agreement, findAgreement } from './agreements.ts';
import { signReceipt } from './consent-receipt.ts';
import { receiptView } from './receipt-view.ts';

type Answer = (context: SessionContext, agreement: Agreement) => Promise<FastifyReply>;

const readable: Answer = async (context, agreement) =>
  sendPage(context.reply, receiptPage(await receiptView(context, agreement)));

const signed: Answer = async ({ server, reply }, agreement) =>
  reply
    .headers(OWN_PAGE_HEADERS)
    .header('Content-Disposition', 'attachment; filename="consent-receipt.jwt"')
    .type('application/jwt')
    .send(await signReceipt(server.tenant, server.keys, agreement));

/** A member's receipt for a consent: a page to read, and a signed file to keep. */
@Public()
@Controller()
export class ReceiptController {
  private readonly sessions: MemberSessions;
  private readonly pool: Pool;

  constructor(sessions: MemberSessions, @Inject(POOL) pool: Pool) {
    this.sessions = sessions;
    this.pool = pool;
  }

  @Get(receiptPath(':tenant', ':grant'))
  async page(@Req() request: TenantRequest, @Res() reply: FastifyReply, @Param('grant') grantId: string) {
    await this.answer(request, reply, grantId, readable);
  }

  @Get(`${receiptPath(':tenant', ':grant')}.jwt`)
  async download(@Req() request: TenantRequest, @Res() reply: FastifyReply, @Param('grant') grantId: string) {
    await this.answer(request, reply, grantId, signed);
  }

  /** Shows the receipt. If it belongs to another login or does not exist, the list of apps is shown instead. */
  private async answer(
    request: TenantRequest,
    reply: FastifyReply,
    grantId: string,
    send: Answer,
  ): Promise<void> {
    await this.sessions.answer('apps', request, reply, async (context) => {
      const { id } = context.server.tenant;
      const agreement = await findAgreement(this.pool, id, context.account.sub, grantId);
      return agreement ? send(context, agreement) : seeOther(reply, memberPath(id, 'apps'));
    });
  }
}
