import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { AttemptReports, ATTEMPTS_PATH } from '@patient-access/internal-api';
import type { Outbox } from '@patient-access/outbox';
import { recordAttempts } from '../../provider/audit/record-attempts.ts';
import { Tenants } from '../../provider/tenants.ts';
import { OUTBOX } from '../services/tokens.ts';

/** The part of this service in whose name the events of the gateway are: it has no outbox. */
const GATEWAY = 'auth-service/gateway';

/** What the gateway answered by itself, and what broke off there. */
@Controller(ATTEMPTS_PATH)
export class AttemptsController {
  private readonly tenants: Tenants;
  private readonly outbox: Outbox;

  constructor(tenants: Tenants, @Inject(OUTBOX) outbox: Outbox) {
    this.tenants = tenants;
    this.outbox = outbox;
  }

  @Post()
  @HttpCode(204)
  async record(@Body({ schema: AttemptReports }) reports: AttemptReports): Promise<void> {
    await recordAttempts(this.outbox, this.tenants, GATEWAY, reports);
  }
}
