import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { Pool } from '@patient-access/database';
import { unavailable } from '@patient-access/fhir';
import { Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { UNREAD_DAYS } from '../../domain/apps/unread-kinds.ts';
import { KINDS } from '../../domain/consent/kinds.ts';
import { unreadPath } from '../../domain/urls.ts';
import { LastReadsOfApps } from '../../provider/scorecard/last-reads.ts';
import { POOL } from '../services/tokens.ts';
import { type AppRequest, AppsBySecret } from './apps-by-secret.ts';
import { unreadOf } from './unread.ts';

/** What an app may read and does not, for the app itself. */
@Public()
@Controller(unreadPath(':tenant'))
export class OwnUnreadController {
  private readonly apps: AppsBySecret;
  private readonly pool: Pool;
  private readonly reads: LastReadsOfApps;

  constructor(apps: AppsBySecret, @Inject(POOL) pool: Pool, reads: LastReadsOfApps) {
    this.apps = apps;
    this.pool = pool;
    this.reads = reads;
  }

  @Get()
  async list(@Req() request: AppRequest, @Res() reply: FastifyReply): Promise<void> {
    const app = await this.apps.find(request, reply);
    if (!app) return;
    const unread = await unreadOf(this.pool, this.reads, app);
    // Nothing at all would be read as "everything is used".
    if (!unread) throw unavailable(new Error('last reads are not known'));
    const kinds = KINDS.filter(({ id }) => unread.includes(id));
    return void reply.send({
      days: UNREAD_DAYS,
      unread: kinds.map(({ id, types }) => ({ kind: id, types })),
    });
  }
}
