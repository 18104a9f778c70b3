import { Controller, Get, Inject, ServiceUnavailableException } from '@nestjs/common';
import { Public } from './guard.ts';

/** Injection token of a service's readiness checks. */
export const READINESS = Symbol('readiness');

/** Named checks; each resolves when the service can do its work, and rejects otherwise. */
export type Readiness = Record<string, () => Promise<unknown>>;

let draining = false;

/** From now on `/health/ready` answers 503, so that no new work is sent here. */
export function startDraining(): void {
  draining = true;
}

/** Kubernetes probes: live = the process turns over; ready = it can serve. Neither says anything about data. */
@Public()
@Controller('health')
export class HealthController {
  private readonly checks: Readiness;

  constructor(@Inject(READINESS) checks: Readiness) {
    this.checks = checks;
  }

  @Get('live')
  live() {
    return { status: 'live' };
  }

  @Get('ready')
  async ready() {
    const results = await Promise.allSettled(Object.values(this.checks).map((check) => check()));
    const failed = Object.keys(this.checks).filter((_, index) => results[index]?.status === 'rejected');
    if (draining) failed.push('draining');
    if (failed.length > 0) throw new ServiceUnavailableException({ status: 'not ready', failed });
    return { status: 'ready' };
  }
}
