/** A service of one controller, with what every service has around its routes. */
import type { Type } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  ATTEMPT_RULES,
  type AttemptRules,
  createLogger,
  createService,
  METRICS,
  Metrics,
  OutcomeFilter,
} from '../src/index.ts';

const PUBLIC_URL = 'https://plan.example';

/** @returns the service, which does not listen yet */
export function serviceWith(controller: Type, rules: AttemptRules): Promise<NestFastifyApplication> {
  const logger = createLogger('test', 'silent');
  const module = {
    module: class Root {},
    controllers: [controller],
    providers: [
      { provide: METRICS, useValue: new Metrics() },
      { provide: ATTEMPT_RULES, useValue: rules },
      { provide: APP_FILTER, useValue: new OutcomeFilter(logger, PUBLIC_URL) },
    ],
  };
  return createService(module, logger, { publicUrl: PUBLIC_URL });
}
