import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { CARD_WORDS, readCard } from '@patient-access/pages';
import { Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { cardFilePath, cardPath } from '../../domain/urls.ts';
import { RecordUnavailable } from '../../egress/member-record.ts';
import { cardPage, cardUnavailablePage } from '../pages/card.ts';
import { CARD_PAGE_HEADERS } from '../pages/headers.ts';
import { MemberSessions } from '../session/member-sessions.ts';
import {
  memberPageOf,
  seeOther,
  sendPage,
  type SessionContext,
  type TenantRequest,
} from '../session/session-context.ts';
import { cardPdf, fitsInPdf } from './card-pdf.ts';
import { cardsOf, cardView, personOf } from './card-view.ts';

const RETRY_SECONDS = '30';

/** The insurance card of each person of a login: a page, and a PDF to keep. */
@Public()
@Controller()
export class CardController {
  private readonly sessions: MemberSessions;

  constructor(sessions: MemberSessions) {
    this.sessions = sessions;
  }

  @Get(cardPath(':tenant'))
  async page(
    @Req() request: TenantRequest,
    @Res() reply: FastifyReply,
    @Query('person') person: unknown,
  ): Promise<void> {
    await this.answer(request, reply, async (context) => {
      const page = cardPage(await cardView(context, person));
      return reply.headers(CARD_PAGE_HEADERS).type('text/html; charset=utf-8').send(page);
    });
  }

  @Get(cardFilePath(':tenant', ':coverage'))
  async file(
    @Req() request: TenantRequest,
    @Res() reply: FastifyReply,
    @Param('coverage') coverage: string,
    @Query('person') wanted: unknown,
  ): Promise<void> {
    await this.answer(request, reply, async (context) => {
      const { server, texts } = context;
      const words = CARD_WORDS[texts.language];
      const person = personOf(context, wanted);
      const all = person ? await cardsOf(context, person) : [];
      const found = all.find((each) => each.coverage.id === coverage);
      const card = found && readCard(found, words.locale);
      if (!card || !fitsInPdf(card)) return seeOther(reply, cardPath(server.tenant.id));
      return reply
        .headers(CARD_PAGE_HEADERS)
        .header('Content-Disposition', 'attachment; filename="insurance-card.pdf"')
        .type('application/pdf')
        .send(await cardPdf(card, words));
    });
  }

  /** An old or half card may be wrong, so there is none while the record cannot be read. */
  private async answer(
    request: TenantRequest,
    reply: FastifyReply,
    act: (context: SessionContext) => Promise<FastifyReply>,
  ): Promise<void> {
    await this.sessions.answer('card', request, reply, async (context) => {
      try {
        return await act(context);
      } catch (error) {
        if (!(error instanceof RecordUnavailable)) throw error;
        context.services.logger.warn({ requestId: request.id, err: error }, 'no card can be made');
        void reply.header('Retry-After', RETRY_SECONDS);
        return sendPage(reply, cardUnavailablePage(memberPageOf(context)), 503);
      }
    });
  }
}
