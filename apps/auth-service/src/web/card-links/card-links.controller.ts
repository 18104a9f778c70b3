import { Controller, ForbiddenException, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { inTransaction, type Pool } from '@patient-access/database';
import { noteReason, Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import QRCode from 'qrcode';
import { z } from 'zod';
import { endLinks } from '../../domain/card/end-links.ts';
import { queryOn } from '../../domain/database.ts';
import { cardLinksPath, cardOfPerson } from '../../domain/urls.ts';
import { cardsOf, shownPerson } from '../card/card-view.ts';
import { newLinkPage } from '../pages/card-links.ts';
import { postedForm } from '../pages/posted-form.ts';
import { POOL } from '../services/tokens.ts';
import { eventContextOf } from '../session/event-context.ts';
import { MemberSessions } from '../session/member-sessions.ts';
import { momentOf } from '../session/moment.ts';
import { pageOfPerson } from '../session/return-page.ts';
import { unlessUnavailable } from '../session/unless-unavailable.ts';
import {
  genuineForm,
  memberPageOf,
  seeOther,
  sendPage,
  type SessionContext,
  type TenantRequest,
} from '../session/session-context.ts';
import { LinkForm, makeLink, type MadeLink } from './make-link.ts';

const LinkId = z.uuid();

/** Where a member makes and ends links to insurance cards. */
@Public()
@Controller()
export class CardLinksController {
  private readonly sessions: MemberSessions;
  private readonly pool: Pool;

  constructor(sessions: MemberSessions, @Inject(POOL) pool: Pool) {
    this.sessions = sessions;
    this.pool = pool;
  }

  @Post(cardLinksPath(':tenant'))
  async make(@Req() request: TenantRequest, @Res() reply: FastifyReply): Promise<void> {
    const page = pageOfPerson('card', { person: postedForm(request).get('person') });
    const make = unlessUnavailable('card', (context) => this.makeFor(context));
    await this.sessions.answer(page, request, reply, make);
  }

  @Post(`${cardLinksPath(':tenant')}/:link`)
  async end(
    @Req() request: TenantRequest,
    @Res() reply: FastifyReply,
    @Param('link') link: string,
  ): Promise<void> {
    const page = pageOfPerson('card', { person: postedForm(request).get('person') });
    await this.sessions.answer(page, request, reply, async (context) => {
      const { account, server } = context;
      const fields = genuineForm(context);
      // Whoever wanted to end a code must not think that it has ended.
      if (!fields) throw new ForbiddenException();
      const ended =
        LinkId.safeParse(link).success &&
        (await inTransaction(this.pool, (client) =>
          endLinks(queryOn(client), { account: account.sub, link }, 'member', eventContextOf(context)),
        ));
      if (!ended) noteReason(request, 'not-found');
      const person = fields.get('person') ?? '';
      return seeOther(reply, cardOfPerson(server.tenant.id, person, { ended: link }));
    });
  }

  /** Another site may have posted the form: then nothing is made, and the card is shown. */
  private async makeFor(context: SessionContext): Promise<FastifyReply> {
    const { reply, request, server } = context;
    const fields = genuineForm(context);
    const wanted = fields?.get('person') ?? '';
    const back = (problem: string) => {
      noteReason(request, 'form-refused');
      return seeOther(reply, cardOfPerson(server.tenant.id, wanted, { problem }));
    };
    const person = shownPerson(context, wanted);
    const form = LinkForm.safeParse(Object.fromEntries(fields ?? []));
    if (!fields || person?.patient !== wanted) return back('form');
    if (!form.success) return back('passcode');
    const all = await cardsOf(context, person);
    const resources = all.find(({ coverage }) => coverage.id === fields.get('coverage'));
    if (!resources) return back('form');
    const made = await makeLink(context, person, resources, form.data);
    return typeof made === 'string' ? back(made) : this.show(context, made, form.data, wanted);
  }

  /** The key is in this answer and nowhere else. The form sent again has the same answer, as long as the link works. */
  private async show(
    context: SessionContext,
    { link, until }: MadeLink,
    { uses, passcode }: LinkForm,
    person: string,
  ): Promise<FastifyReply> {
    const qr = await QRCode.toString(link, { type: 'svg', margin: 2, errorCorrectionLevel: 'L' });
    const page = newLinkPage({
      ...memberPageOf(context),
      link,
      qr,
      until: momentOf(context, until),
      uses,
      hasPasscode: passcode !== '',
      back: cardOfPerson(context.server.tenant.id, person),
    });
    return sendPage(context.reply, page);
  }
}
