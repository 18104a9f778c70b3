import { Controller, Get, Inject, Post, Req, Res } from '@nestjs/common';
import type { Pool } from '@patient-access/database';
import { noteRecorded, Public } from '@patient-access/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { NotFoundError } from '../../domain/administration/administration.ts';
import { errorLine } from '../../domain/administration/error-line.ts';
import { endEverythingBefore } from '../../domain/administration/plans/not-before.ts';
import { plainText } from '../../domain/apps/app-name.ts';
import { isOneOf } from '../../domain/keys/secrets.ts';
import type { SharedServices } from '../../provider/shared-services.ts';
import { isCrossSite, postedForm } from '../pages/posted-form.ts';
import { CONFIG, POOL } from '../services/tokens.ts';
import { sendPage } from '../session/session-context.ts';
import { type NotBeforeFields, notBeforePage } from './not-before-page.ts';

const MAX_NAME_CHARACTERS = 64;

/**
 * The same as {@link NotBeforeController} for a person with a browser, for one plan or all. The secret is part of the form,
 * so another site cannot send the form in the name of somebody who has the page open.
 */
@Public()
@Controller('internal/admin/not-before')
export class NotBeforePageController {
  private readonly pool: Pool;
  /** none: there is no administration */
  private readonly accepted: readonly string[];

  constructor(
    @Inject(POOL) pool: Pool,
    @Inject(CONFIG) { ADMIN_SECRET: accepted }: Pick<SharedServices['config'], 'ADMIN_SECRET'>,
  ) {
    this.pool = pool;
    this.accepted = accepted ?? [];
  }

  @Get()
  open(@Res() reply: FastifyReply): FastifyReply {
    return sendPage(reply, notBeforePage({}));
  }

  @Post()
  async end(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<FastifyReply> {
    const form = postedForm(request);
    const administrator = plainText(form.get('administrator') ?? '', MAX_NAME_CHARACTERS);
    const fields = {
      administrator,
      before: form.get('before')?.trim() ?? '',
      tenant: form.get('tenant')?.trim() ?? '',
      everywhere: form.get('everywhere') === 'yes',
    };
    if (isCrossSite(request) || !isOneOf(form.get('secret') ?? '', this.accepted))
      return sendPage(reply, notBeforePage(fields, { problem: 'The administration secret is wrong.' }), 401);
    if (!administrator) return this.refuse(reply, fields, 'Your name is missing. It is recorded.');
    if ((fields.tenant === '') !== fields.everywhere)
      return this.refuse(reply, fields, 'Name one plan, or choose all plans of the installation.');
    try {
      const { before } = fields;
      const ended = await endEverythingBefore(
        {
          pool: this.pool,
          administrator,
          address: request.ip,
          requestId: request.id,
          ...(fields.tenant && { tenant: fields.tenant }),
        },
        before ? { before } : {},
      );
      // Each plan has its own event. For several plans the events cannot have the id of one request.
      noteRecorded(request, { isRefusal: false });
      return sendPage(reply, notBeforePage({ administrator }, { ended, before: before || 'this moment' }));
    } catch (error) {
      if (error instanceof z.ZodError || error instanceof NotFoundError)
        return this.refuse(reply, fields, errorLine(error));
      throw error;
    }
  }

  private refuse(reply: FastifyReply, fields: NotBeforeFields, problem: string): FastifyReply {
    return sendPage(reply, notBeforePage(fields, { problem }), 400);
  }
}
