import { randomUUID } from 'node:crypto';
import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import type { Outbox } from '@patient-access/outbox';
import { z } from 'zod';
import { OUTBOX } from '../services/tokens.ts';
import { Tenants } from '../../provider/tenants.ts';
import { newAccessEvent } from '../../domain/audit/access-event.ts';

const MAX_ATTEMPTS = 10_000;

const DeniedAttempts = z
  .array(
    z.object({
      tenant: z.string(),
      address: z.string().max(64),
      reason: z.string().max(64),
      count: z.number().int().positive(),
      /** start of the minute, ISO 8601 */
      minute: z.iso.datetime(),
    }),
  )
  .max(MAX_ATTEMPTS);
type DeniedAttempt = z.infer<typeof DeniedAttempts>[number];

/** Refusals of callers without a token, counted by the gateway per minute: noise must not amplify (case A16). */
@Controller('internal/denied-attempts')
export class DeniedAttemptsController {
  private readonly tenants: Tenants;
  private readonly outbox: Outbox;

  constructor(tenants: Tenants, @Inject(OUTBOX) outbox: Outbox) {
    this.tenants = tenants;
    this.outbox = outbox;
  }

  @Post()
  @HttpCode(204)
  async record(@Body({ schema: DeniedAttempts }) attempts: DeniedAttempt[]): Promise<void> {
    await Promise.all(attempts.map((attempt) => this.recordOne(attempt)));
  }

  private async recordOne({ tenant, address, reason, count, minute }: DeniedAttempt): Promise<void> {
    const server = await this.tenants.get(tenant);
    if (!server) return;
    const context = { requestId: randomUUID(), tenant: server.tenant, address };
    const happened = { kind: 'denied-attempts', action: 'deny', outcome: '4', reason, count } as const;
    await this.outbox.record(newAccessEvent(context, { ...happened, recorded: minute }));
  }
}
