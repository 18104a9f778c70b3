import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import { Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { type MemberRequest, seeOther, sendPage, visit, type Visitor } from '../member-pages/visitor.ts';
import { OWN_PAGE_HEADERS } from '../pages/headers.ts';
import { receiptPage } from '../pages/receipt.ts';
import { SHARED_SERVICES, type SharedServices } from '../../provider/shared-services.ts';
import { Tenants } from '../../provider/tenants.ts';
import { memberPath, receiptPath } from '../../domain/urls.ts';
import { type Agreement, findAgreement } from './agreements.ts';
import { signReceipt } from './consent-receipt.ts';
import { receiptView } from './receipt-view.ts';

type Answer = (visitor: Visitor, agreement: Agreement) => Promise<FastifyReply>;

const readable: Answer = async (visitor, agreement) =>
  sendPage(visitor.reply, receiptPage(await receiptView(visitor, agreement)));

const signed: Answer = async ({ server, reply }, agreement) =>
  reply
    .headers(OWN_PAGE_HEADERS)
    .header('Content-Disposition', 'attachment; filename="consent-receipt.jwt"')
    .type('application/jwt')
    .send(await signReceipt(server.tenant, server.keys, agreement));

/** A member's receipt for what was agreed to: to read, and signed to keep. */
@Public()
@Controller()
export class ReceiptController {
  readonly tenants: Tenants;
  readonly services: SharedServices;

  constructor(tenants: Tenants, @Inject(SHARED_SERVICES) services: SharedServices) {
    this.tenants = tenants;
    this.services = services;
  }

  @Get(receiptPath(':tenant', ':grant'))
  async page(@Req() request: MemberRequest, @Res() reply: FastifyReply, @Param('grant') grantId: string) {
    await this.answer(request, reply, grantId, readable);
  }

  @Get(`${receiptPath(':tenant', ':grant')}.jwt`)
  async download(@Req() request: MemberRequest, @Res() reply: FastifyReply, @Param('grant') grantId: string) {
    await this.answer(request, reply, grantId, signed);
  }

  /** Of somebody else's there is nothing to see, not even that it is there. */
  private async answer(
    request: MemberRequest,
    reply: FastifyReply,
    grantId: string,
    send: Answer,
  ): Promise<void> {
    await visit(this, 'apps', request, reply, async (visitor) => {
      const { id } = visitor.server.tenant;
      const agreement = await findAgreement(this.services.pool, id, visitor.account.sub, grantId);
      return agreement ? send(visitor, agreement) : seeOther(reply, memberPath(id, 'apps'));
    });
  }
}
