import { Controller, Get, Headers, Inject, Param, Query } from '@nestjs/common';
import type { ReadPool } from '@patient-access/database';
import {
  QUESTION_SIGNATURE_HEADER,
  SCORECARD_PATH,
  type Scorecard,
  ScorecardQuery,
  scorecardStatement,
} from '@patient-access/internal-api';
import { Public } from '@patient-access/platform';
import { AUDITOR_POOL } from '../console/console.controller.ts';
import { SINK, type Sink } from '../delivery/events.controller.ts';
import { requireSigned } from '../signed-question.ts';
import { lastDays, readScorecard } from './scorecard.ts';

/** Tells auth-service how apps get on with a plan: sums, and nothing of a member. */
@Public()
@Controller(SCORECARD_PATH)
export class ScorecardController {
  private readonly sink: Sink;
  private readonly pool: ReadPool;

  constructor(@Inject(SINK) sink: Sink, @Inject(AUDITOR_POOL) pool: ReadPool) {
    this.sink = sink;
    this.pool = pool;
  }

  @Get()
  read(
    @Param('tenant') tenant: string,
    @Query({ schema: ScorecardQuery }) query: ScorecardQuery,
    @Headers(QUESTION_SIGNATURE_HEADER) signed: string | undefined,
  ): Promise<Scorecard> {
    const statement = scorecardStatement(tenant, query);
    requireSigned(this.sink.keys, { by: 'auth-service', signed, statement, asked: query.asked });
    return readScorecard(this.pool, lastDays(tenant, query.days, Date.now()));
  }
}
