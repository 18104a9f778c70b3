import { randomUUID } from 'node:crypto';
import { BadRequestException, Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { z } from 'zod';
import { SHARED_SERVICES, type SharedServices } from '../../provider/shared-services.ts';
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
  private readonly services: SharedServices;

  constructor(tenants: Tenants, @Inject(SHARED_SERVICES) services: SharedServices) {
    this.tenants = tenants;
    this.services = services;
  }

  @Post()
  @HttpCode(204)
  async record(@Body() body: unknown): Promise<void> {
    const attempts = DeniedAttempts.safeParse(body);
    if (!attempts.success) throw new BadRequestException(z.prettifyError(attempts.error));
    await Promise.all(attempts.data.map((attempt) => this.recordOne(attempt)));
  }

  private async recordOne({ tenant, address, reason, count, minute }: DeniedAttempt): Promise<void> {
    const server = await this.tenants.get(tenant);
    if (!server) return;
    const context = { requestId: randomUUID(), tenant: server.tenant, address };
    const happened = { kind: 'denied-attempts', action: 'deny', outcome: '4', reason, count } as const;
    await this.services.outbox.record(newAccessEvent(context, { ...happened, recorded: minute }));
  }
}
