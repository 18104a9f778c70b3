import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { rateLimitHeaders, type ShownQuota } from '@patient-access/fhir';
import { Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { PasswordChecksBusy } from '../../domain/accounts/password.ts';
import { plainText } from '../../domain/apps/app-name.ts';
import { CARD_MEDIA_TYPE } from '../../domain/card/card-payload.ts';
import { cardLinkRules } from '../../domain/throttle/rules.ts';
import type { Refusal, Rule } from '../../domain/throttle/throttle.ts';
import { cardLinkPath } from '../../domain/urls.ts';
import { RecordUnavailable } from '../../egress/member-record.ts';
import { SECURITY_HEADERS } from '../../provider/endpoints/security-headers.ts';
import { SHARED_SERVICES, type SharedServices } from '../../provider/shared-services.ts';
import type { TenantServer } from '../../provider/tenants.ts';
import { TenantPipe } from '../services/tenant.pipe.ts';
import { eventContextOf } from '../session/event-context.ts';
import type { TenantRequest } from '../session/session-context.ts';
import { openLink, type Opened, type Opening } from './open-link.ts';

const MAX_RECIPIENT_CHARACTERS = 80;
const MAX_PASSCODE_CHARACTERS = 200;
const RETRY_SECONDS = 30;

const Recipient = z
  .string()
  .transform((text) => plainText(text, MAX_RECIPIENT_CHARACTERS))
  .refine((text) => text !== '');
/** SMART Health Links, "Manifest Request"; members that are unknown are ignored. */
const ManifestRequest = z.object({
  recipient: Recipient,
  passcode: z.string().max(MAX_PASSCODE_CHARACTERS).default(''),
  embeddedLengthMax: z.int().positive().optional(),
});

const INVALID = { error: 'invalid_request', error_description: 'recipient is required: a text' };
const TOO_SHORT = {
  error: 'invalid_request',
  error_description: 'embeddedLengthMax is too small for this file, which has no other address',
};

/** What an address is told of the links that it opens in vain. */
function quotaOf([rule]: readonly Rule[], attempt: Refusal | { left: number }): ShownQuota {
  const [limit = 0, windowSeconds = 0] = [rule?.free, rule?.quietSeconds];
  const standing =
    'waitSeconds' in attempt ? { left: 0, seconds: attempt.waitSeconds } : { left: attempt.left };
  return { name: 'card-link', limit, windowSeconds, ...standing };
}

/** Opens a link to an insurance card (SMART Health Links), without a login: the file itself, or its manifest. */
@Public()
@Controller(cardLinkPath(':tenant', ':token'))
export class CardLinkController {
  private readonly services: SharedServices;

  constructor(@Inject(SHARED_SERVICES) services: SharedServices) {
    this.services = services;
  }

  /** Flag `U`. */
  @Get()
  async file(
    @Param('tenant', TenantPipe) server: TenantServer,
    @Req() request: TenantRequest,
    @Res() reply: FastifyReply,
    @Query('recipient') named: unknown,
  ): Promise<void> {
    const recipient = Recipient.safeParse(named);
    if (!recipient.success) return void reply.code(400).headers(SECURITY_HEADERS).send(INVALID);
    await this.answer(server, request, reply, { recipient: recipient.data }, (opened) =>
      'jwe' in opened ? reply.type('application/jose').send(opened.jwe) : reply.send(opened),
    );
  }

  /** With or without a passcode. */
  @Post()
  @HttpCode(200)
  async manifest(
    @Param('tenant', TenantPipe) server: TenantServer,
    @Req() request: TenantRequest,
    @Res() reply: FastifyReply,
    @Body() body: unknown,
  ): Promise<void> {
    const asked = ManifestRequest.safeParse(body);
    if (!asked.success) return void reply.code(400).headers(SECURITY_HEADERS).send(INVALID);
    const { embeddedLengthMax: most, ...said } = asked.data;
    await this.answer(server, request, reply, { ...said, most }, (opened) => {
      if ('isTooLong' in opened) return reply.code(400).send(TOO_SHORT);
      if (!('jwe' in opened)) return reply.code(401).send(opened);
      return reply.send({ files: [{ contentType: CARD_MEDIA_TYPE, embedded: opened.jwe }] });
    });
  }

  /** What is opened in vain is counted by address, whether or not there ever was such a link. */
  private async answer(
    server: TenantServer,
    request: TenantRequest,
    reply: FastifyReply,
    said: Pick<Opening, 'recipient' | 'passcode' | 'most'>,
    send: (opened: Opened) => FastifyReply,
  ): Promise<void> {
    const { services } = this;
    const { throttle } = server.stores;
    const context = eventContextOf({ server, request });
    const token = (request.params as { token?: string }).token ?? '';
    void reply.headers(SECURITY_HEADERS);
    const rules = cardLinkRules(services.throttleKey, context.address);
    const attempt = await throttle.take(rules);
    void reply.headers(rateLimitHeaders([quotaOf(rules, attempt)]));
    if ('waitSeconds' in attempt)
      return void reply
        .code(429)
        .header('Retry-After', String(attempt.waitSeconds))
        .send({ error: 'slow_down' });
    try {
      const opened = await openLink({ services, server, context, token, ...said });
      if ('jwe' in opened) {
        await throttle.notMade(attempt);
        void reply.headers(rateLimitHeaders([quotaOf(rules, { left: attempt.left + 1 })]));
      }
      await send(opened);
    } catch (error) {
      const isBusy = error instanceof PasswordChecksBusy;
      if (!isBusy && !(error instanceof RecordUnavailable)) throw error;
      if (isBusy) await throttle.notMade(attempt);
      services.logger.warn({ requestId: request.id, err: error }, 'a link cannot be opened now');
      const seconds = isBusy ? error.retryAfter : RETRY_SECONDS;
      void reply.code(503).header('Retry-After', String(seconds)).send({ error: 'temporarily_unavailable' });
    }
  }
}
