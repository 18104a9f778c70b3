import { Controller, Get, Inject, ServiceUnavailableException } from '@nestjs/common';
import { Public } from './guard.ts';
import type { Logger } from './logging.ts';

/** Injection token of a service's readiness checks. */
export const READINESS = Symbol('readiness');

/** Named checks. Each resolves when the service can do its work, and rejects otherwise. */
export type Readiness = Record<string, () => Promise<unknown>>;

let draining = false;

/** Makes `/health/ready` answer 503 from now on, so that no new requests are sent here. */
export function startDraining(): void {
  draining = true;
}

/** Why each check that does not hold now does not. */
type Failures = ReadonlyMap<string, unknown>;

/** Asks all checks at once. */
export async function failuresOf(checks: Readiness): Promise<Failures> {
  const names = Object.keys(checks);
  const results = await Promise.allSettled(Object.values(checks).map((check) => check()));
  return new Map(
    results.flatMap((result, at): [string, unknown][] =>
      result.status === 'rejected' ? [[names[at] ?? '', result.reason]] : [],
    ),
  );
}

const namesOf = (failures: Failures): string[] =>
  draining ? [...failures.keys(), 'draining'] : [...failures.keys()];

/** @returns the names of the checks that do not hold now; none: requests can be sent here */
const failedChecks = async (checks: Readiness): Promise<string[]> => namesOf(await failuresOf(checks));

/** @returns {@link failedChecks}, which also says in the log when one begins to fail, and why, and when it holds again */
export function toldChecks(checks: Readiness, logger: Logger): () => Promise<string[]> {
  let before: Failures = new Map();
  return async () => {
    const failures = await failuresOf(checks);
    for (const [check, err] of failures) if (!before.has(check)) logger.warn({ check, err }, 'not ready');
    for (const check of before.keys()) if (!failures.has(check)) logger.info({ check }, 'ready again');
    before = failures;
    return namesOf(failures);
  };
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
