import { Controller, Get, Headers, Inject, Param, Query } from '@nestjs/common';
import type { ReadPool } from '@patient-access/database';
import { readRows } from '@patient-access/fhir-store';
import {
  APP_CALLS_PATH,
  type AppCalls,
  AppCallsQuery,
  appCallsStatement,
  QUESTION_SIGNATURE_HEADER,
} from '@patient-access/internal-api';
import { Public } from '@patient-access/platform';
import { ALL_MEMBERS } from '@patient-access/smart';
import { AUDITOR_POOL } from '../console/console.controller.ts';
import { SINK, type Sink } from '../delivery/events.controller.ts';
import { requireSigned } from '../signed-question.ts';
import { type CallRow, statementOfCalls, toAppCall } from './calls.ts';

/** Tells what became of the calls of apps, without anything of a member. Who asks is known by what was signed. */
@Public()
@Controller(APP_CALLS_PATH)
export class AppCallsController {
  private readonly sink: Sink;
  private readonly pool: ReadPool;

  constructor(@Inject(SINK) sink: Sink, @Inject(AUDITOR_POOL) pool: ReadPool) {
    this.sink = sink;
    this.pool = pool;
  }

  @Get()
  async list(
    @Param('tenant') tenant: string,
    @Query({ schema: AppCallsQuery }) query: AppCallsQuery,
    @Headers(QUESTION_SIGNATURE_HEADER) signed: string | undefined,
  ): Promise<AppCalls> {
    const statement = appCallsStatement(tenant, query);
    requireSigned(this.sink.keys, { by: 'auth-service', signed, statement, asked: query.asked });
    const scope = { tenant, member: ALL_MEMBERS };
    const [rows = []] = await readRows<CallRow>(this.pool, scope, [statementOfCalls(tenant, query)]);
    return { calls: rows.map(toAppCall) };
  }
}
