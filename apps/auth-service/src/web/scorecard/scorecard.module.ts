import { Module } from '@nestjs/common';
import { ScorecardController } from './scorecard.controller.ts';

/** What a plan publishes about how apps get on with it. */
@Module({ controllers: [ScorecardController] })
export class ScorecardModule {}
