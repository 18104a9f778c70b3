import { Controller, Get, Headers, Inject, Param, Query } from '@nestjs/common';
import type { ReadPool } from '@patient-access/database';
import { isSignedBy } from '@patient-access/events';
import { loginRequired } from '@patient-access/fhir';
import { readRows } from '@patient-access/fhir-store';
import {
  APP_CALLS_PATH,
  APP_CALLS_SECONDS,
  type AppCalls,
  AppCallsQuery,
  appCallsStatement,
  QUESTION_SIGNATURE_HEADER,
} from '@patient-access/internal-api';
import { Public } from '@patient-access/platform';
import { ALL_MEMBERS } from '@patient-access/smart';
import { AUDITOR_POOL } from '../console/console.controller.ts';
import { SINK, type Sink } from '../delivery/events.controller.ts';
import { type CallRow, statementOfCalls, toAppCall } from './calls.ts';

/** The one service that asks. It knows whose the apps are. */
const ASKER = 'auth-service';

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
    this.requireSigned(signed, tenant, query);
    const scope = { tenant, member: ALL_MEMBERS };
    const [rows = []] = await readRows<CallRow>(this.pool, scope, [statementOfCalls(tenant, query)]);
    return { calls: rows.map(toAppCall) };
  }

  /** @throws OperationError 401 */
  private requireSigned(signed = '', tenant: string, query: AppCallsQuery): void {
    const [kid = '', signature = ''] = signed.split(' ');
    const statement = appCallsStatement(tenant, query);
    const age = Math.abs(Date.now() - Date.parse(query.asked)) / 1000;
    const isGenuine = isSignedBy(this.sink.keys, ASKER, { kid, signature, statement }, Date.now());
    if (!isGenuine || age > APP_CALLS_SECONDS) throw loginRequired();
  }
}
