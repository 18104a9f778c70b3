import { Module } from '@nestjs/common';
import { DeniedAttemptsController } from './denied-attempts.controller.ts';

/** Requests that the gateway refused, for the audit trail. */
@Module({ controllers: [DeniedAttemptsController] })
export class DeniedAttemptsModule {}
