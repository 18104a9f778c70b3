import { Controller, Get, Inject, ServiceUnavailableException } from '@nestjs/common';
import { Public } from './guard.ts';

/** Injection token of a service's readiness checks. */
export const READINESS = Symbol('readiness');

/** Named checks. Each resolves when the service can do its work, and rejects otherwise. */
export type Readiness = Record<string, () => Promise<unknown>>;

let draining = false;

/** Makes `/health/ready` answer 503 from now on, so that no new requests are sent here. */
export function startDraining(): void {
  draining = true;
}

/** @returns the names of the checks that do not hold now; none: requests can be sent here */
export async function failedChecks(checks: Readiness): Promise<string[]> {
  const results = await Promise.allSettled(Object.values(checks).map((check) => check()));
  const failed = Object.keys(checks).filter((_, index) => results[index]?.status === 'rejected');
  return draining ? [...failed, 'draining'] : failed;
}

/** Kubernetes probes. Live means that the process runs; ready means that it can serve. Neither reveals data. */
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
    const failed = await failedChecks(this.checks);
    if (failed.length > 0) throw new ServiceUnavailableException({ status: 'not ready', failed });
    return { status: 'ready' };
  }
}
