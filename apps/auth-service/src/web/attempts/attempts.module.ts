import { Module } from '@nestjs/common';
import { AttemptsController } from './attempts.controller.ts';

/** Requests that the gateway answered by itself, for the audit trail. */
@Module({ controllers: [AttemptsController] })
export class AttemptsModule {}
