import { Controller, Get, Headers, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import type { ReadPool } from '@patient-access/database';
import { readRows } from '@patient-access/fhir-store';
import {
  DATABASE_MARKS_PATH,
  DatabaseMark,
  EndsQuery,
  endsStatement,
  type HighestMark,
  markStatement,
  QUESTION_SIGNATURE_HEADER,
  TRAIL_ENDS_PATH,
  type TrailEnds,
} from '@patient-access/internal-api';
import { Public } from '@patient-access/platform';
import { ALL_MEMBERS } from '@patient-access/smart';
import { AUDITOR_POOL } from '../console/console.controller.ts';
import { SINK, type Sink } from '../delivery/events.controller.ts';
import { requireSigned } from '../signed-question.ts';
import { type EndRow, statementOfEnds, toTrailEnds } from './ends.ts';
import { keepMark } from './marks.ts';

/**
 * Tells auth-service whether its database is an older one, and what ended since: ids and reasons, nothing of members. Who
 * asks is known by what was signed, so the guard has nothing to ask for.
 */
@Controller()
export class RestoreController {
  private readonly sink: Sink;
  private readonly pool: ReadPool;

  constructor(@Inject(SINK) sink: Sink, @Inject(AUDITOR_POOL) pool: ReadPool) {
    this.sink = sink;
    this.pool = pool;
  }

  @Public()
  @Post(DATABASE_MARKS_PATH)
  @HttpCode(200)
  mark(
    @Query({ schema: DatabaseMark }) mark: DatabaseMark,
    @Headers(QUESTION_SIGNATURE_HEADER) signed: string | undefined,
  ): Promise<HighestMark> {
    requireSigned(this.sink.keys, {
      by: 'auth-service',
      signed,
      statement: markStatement(mark),
      asked: null,
    });
    return keepMark(this.sink.pool, mark);
  }

  @Public()
  @Get(TRAIL_ENDS_PATH)
  async ends(
    @Param('tenant') tenant: string,
    @Query({ schema: EndsQuery }) query: EndsQuery,
    @Headers(QUESTION_SIGNATURE_HEADER) signed: string | undefined,
  ): Promise<TrailEnds> {
    requireSigned(this.sink.keys, {
      by: 'auth-service',
      signed,
      statement: endsStatement(tenant, query),
      asked: null,
    });
    const scope = { tenant, member: ALL_MEMBERS };
    const statement = statementOfEnds(tenant, query.since, query.after);
    const [rows = []] = await readRows<EndRow>(this.pool, scope, [statement]);
    return toTrailEnds(rows);
  }
}
