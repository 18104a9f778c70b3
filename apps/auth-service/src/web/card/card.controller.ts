import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { CARD_WORDS, readCard } from '@patient-access/pages';
import { noteReason, Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { cardFilePath, cardPath } from '../../domain/urls.ts';
import { cardPage } from '../pages/card.ts';
import { CARD_PAGE_HEADERS } from '../pages/headers.ts';
import { MemberSessions } from '../session/member-sessions.ts';
import { pageOfPerson } from '../session/return-page.ts';
import { unlessUnavailable } from '../session/unless-unavailable.ts';
import { seeOther, type TenantRequest } from '../session/session-context.ts';
import { cardPdf, fitsInPdf } from './card-pdf.ts';
import { cardsOf, cardView, shownPerson } from './card-view.ts';

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
    @Query() query: Record<string, unknown>,
  ): Promise<void> {
    const show = unlessUnavailable('card', async (context) => {
      const page = cardPage(await cardView(context, query));
      return reply.headers(CARD_PAGE_HEADERS).type('text/html; charset=utf-8').send(page);
    });
    await this.sessions.answer(pageOfPerson('card', { person: query['person'] }), request, reply, show);
  }

  @Get(cardFilePath(':tenant', ':coverage'))
  async file(
    @Req() request: TenantRequest,
    @Res() reply: FastifyReply,
    @Param('coverage') coverage: string,
    @Query('person') wanted: unknown,
  ): Promise<void> {
    const sendFile = unlessUnavailable('card', async (context) => {
      const { server, texts } = context;
      const words = CARD_WORDS[texts.language];
      const person = shownPerson(context, wanted);
      const all = person ? await cardsOf(context, person) : [];
      const found = all.find((each) => each.coverage.id === coverage);
      const card = found && readCard(found, words.locale);
      if (!card || !fitsInPdf(card)) {
        noteReason(request, 'not-found');
        return seeOther(reply, cardPath(server.tenant.id));
      }
      return reply
        .headers(CARD_PAGE_HEADERS)
        .header('Content-Disposition', 'attachment; filename="insurance-card.pdf"')
        .type('application/pdf')
        .send(await cardPdf(card, words));
    });
    await this.sessions.answer(pageOfPerson('card', { person: wanted }), request, reply, sendFile);
  }
}
