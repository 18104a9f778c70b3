import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { noteReason, Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { queryOn } from '../../domain/database.ts';
import { receiptSigningKey } from '../../domain/keys/receipt-keys.ts';
import { type TenantRequest, seeOther, sendPage, type SessionContext } from '../session/session-context.ts';
import { OWN_PAGE_HEADERS } from '../pages/headers.ts';
import { receiptPage } from '../pages/receipt.ts';
import { eventContextOf } from '../session/event-context.ts';
import { MemberSessions } from '../session/member-sessions.ts';
import { ReturnPage } from '../session/return-page.ts';
import { memberPath, receiptPath } from '../../domain/urls.ts';
import { type Agreement, findAgreement } from './agreements.ts';
import { signReceipt } from './consent-receipt.ts';
import { receiptEvent } from './receipt-event.ts';
import { documentOf, receiptView } from './receipt-view.ts';

interface Answer {
  /** of the access event */
  action: 'read' | 'download';
  send(context: SessionContext, agreement: Agreement): Promise<FastifyReply>;
}

async function sign({ server, services }: SessionContext, agreement: Agreement): Promise<string> {
  const { tenant } = server;
  const query = queryOn(services.pool);
  const jwk = await receiptSigningKey(query, services.config.KEY_ENCRYPTION_KEY, tenant.id);
  return signReceipt(tenant, jwk, agreement);
}

const sendFile = ({ reply }: SessionContext, name: string, type: string, content: string): FastifyReply =>
  reply
    .headers(OWN_PAGE_HEADERS)
    .header('Content-Disposition', `attachment; filename="${name}"`)
    .type(type)
    .send(content);

const PAGE: Answer = {
  action: 'read',
  send: async (context, agreement) =>
    sendPage(context.reply, receiptPage(await receiptView(context, agreement))),
};

const FILE: Answer = {
  action: 'download',
  send: async (context, agreement) => {
    const jws = await sign(context, agreement);
    return sendFile(
      context,
      'consent-receipt.html',
      'text/html; charset=utf-8',
      documentOf(context, agreement, jws),
    );
  },
};

const CODE: Answer = {
  action: 'download',
  send: async (context, agreement) =>
    sendFile(context, 'consent-receipt.jwt', 'application/jwt', await sign(context, agreement)),
};

/** A member's receipt for a consent: a page to read, and a signed file to keep. Each leaves an event. */
@Public()
@Controller()
export class ReceiptController {
  private readonly sessions: MemberSessions;

  constructor(sessions: MemberSessions) {
    this.sessions = sessions;
  }

  @Get(receiptPath(':tenant', ':grant'))
  async page(@Req() request: TenantRequest, @Res() reply: FastifyReply, @Param('grant') grantId: string) {
    await this.answer(request, reply, grantId, PAGE);
  }

  @Get(`${receiptPath(':tenant', ':grant')}.html`)
  async file(@Req() request: TenantRequest, @Res() reply: FastifyReply, @Param('grant') grantId: string) {
    await this.answer(request, reply, grantId, FILE);
  }

  @Get(`${receiptPath(':tenant', ':grant')}.jwt`)
  async code(@Req() request: TenantRequest, @Res() reply: FastifyReply, @Param('grant') grantId: string) {
    await this.answer(request, reply, grantId, CODE);
  }

  /** Shows the receipt. If it belongs to another login or does not exist, the list of apps is shown instead. */
  private async answer(
    request: TenantRequest,
    reply: FastifyReply,
    grantId: string,
    { action, send }: Answer,
  ): Promise<void> {
    // Also for a file: a page that a login returns to says what it is.
    const page = ReturnPage.parse(`apps/${grantId}/receipt`);
    await this.sessions.answer(page, request, reply, async (context) => {
      const { server, services, account } = context;
      const { id } = server.tenant;
      const agreement = await findAgreement(services.pool, id, account.sub, grantId);
      if (!agreement) {
        noteReason(request, 'not-found');
        return seeOther(reply, memberPath(id, 'apps'));
      }
      await services.outbox.record(receiptEvent(eventContextOf(context), { action, agreement }));
      return send(context, agreement);
    });
  }
}
