import { Module } from '@nestjs/common';
import { DenialsController } from './denials.controller.ts';

/** Requests that the gateway refused, for the audit trail. */
@Module({ controllers: [DenialsController] })
export class DenialsModule {}
