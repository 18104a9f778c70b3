import { randomUUID } from 'node:crypto';
import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { type DenialCount, DenialCounts, DENIALS_PATH } from '@patient-access/internal-api';
import type { Outbox } from '@patient-access/outbox';
import { OUTBOX } from '../services/tokens.ts';
import { Tenants } from '../../provider/tenants.ts';
import { newAccessEvent } from '../../domain/audit/access-event.ts';

/**
 * Refusals that the gateway has counted. Each count becomes one event, so that a flood of refusals does not become a
 * flood of events (case A16).
 */
@Controller(DENIALS_PATH)
export class DenialsController {
  private readonly tenants: Tenants;
  private readonly outbox: Outbox;

  constructor(tenants: Tenants, @Inject(OUTBOX) outbox: Outbox) {
    this.tenants = tenants;
    this.outbox = outbox;
  }

  @Post()
  @HttpCode(204)
  async record(@Body({ schema: DenialCounts }) denials: DenialCounts): Promise<void> {
    await Promise.all(denials.map((denial) => this.recordOne(denial)));
  }

  private async recordOne({ tenant, address, reason, count, since }: DenialCount): Promise<void> {
    const server = await this.tenants.get(tenant);
    if (!server) return;
    const context = { requestId: randomUUID(), tenant: server.tenant, address };
    const happened = { kind: 'denied-attempts', action: 'deny', outcome: '4', reason, count } as const;
    await this.outbox.record(newAccessEvent(context, { ...happened, recorded: since }));
  }
}
