import { Body, Controller, HttpCode, Inject, Param, Post, Req } from '@nestjs/common';
import type { Pool } from '@patient-access/database';
import { callerOfClaims, MAX_REQUEST_CHARACTERS, recordedText } from '@patient-access/events';
import {
  CLIENT_ADDRESS_HEADER,
  DIRECTORY_PATH,
  type DirectoryAnswer,
  DirectoryQuestion,
  SURVIVORS_HEADER,
} from '@patient-access/internal-api';
import type { Outbox } from '@patient-access/outbox';
import { AuthenticatedBy } from '@patient-access/platform';
import type { TokenClaims } from '@patient-access/smart';
import type { FastifyRequest } from 'fastify';
import { newAccessEvent, SEEN_BY_NO_APP } from '../../domain/audit/access-event.ts';
import { lookUp } from '../../domain/directory/directory.ts';
import type { TenantServer } from '../../provider/tenants.ts';
import { OUTBOX, POOL } from '../services/tokens.ts';
import { TenantPipe } from '../services/tenant.pipe.ts';
import { AUDITOR_STRATEGY } from './auditor.strategy.ts';

/** The path that the access event names. */
const ASKED = 'POST directory';

/**
 * Tells an auditor who somebody is. audit-service owns no names: it asks here with the auditor's own credential
 * (docs/adr/0063-exports-that-cannot-mislead.md). The answer leaves after its access event is durable.
 */
@AuthenticatedBy(AUDITOR_STRATEGY)
@Controller(DIRECTORY_PATH)
export class DirectoryController {
  private readonly pool: Pool;
  private readonly outbox: Outbox;

  constructor(@Inject(POOL) pool: Pool, @Inject(OUTBOX) outbox: Outbox) {
    this.pool = pool;
    this.outbox = outbox;
  }

  @Post()
  @HttpCode(200)
  async ask(
    @Req() request: FastifyRequest & { user: TokenClaims },
    @Param('tenant', TenantPipe) { tenant }: TenantServer,
    @Body({ schema: DirectoryQuestion }) question: DirectoryQuestion,
  ): Promise<DirectoryAnswer> {
    const { user, headers, ip, id } = request;
    const { survivors, stoodUnder, ...rest } = await lookUp(this.pool, tenant, question);
    const more = { ...(survivors && { survivors }), ...(stoodUnder && { stoodUnder }) };
    const answer: DirectoryAnswer = { ...rest, ...(headers[SURVIVORS_HEADER] !== undefined && more) };
    const context = { requestId: id, tenant, address: String(headers[CLIENT_ADDRESS_HEADER] ?? ip) };
    const asked = `${ASKED} ${JSON.stringify(question)}`;
    await this.outbox.record(
      newAccessEvent(context, {
        kind: 'rest',
        action: 'search-type',
        type: 'Person',
        outcome: '0',
        ...callerOfClaims(user),
        ...SEEN_BY_NO_APP,
        request: recordedText(asked, MAX_REQUEST_CHARACTERS),
        ...(answer.people.length > 0 && {
          resources: { Person: answer.people.map(({ patient }) => patient).join(' ') },
        }),
        counts: { Person: answer.people.length + answer.logins.length },
        scope: user.scope,
      }),
    );
    return answer;
  }
}
