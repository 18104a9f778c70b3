import { Module } from '@nestjs/common';
import { PublishedScorecardController } from './scorecard.controller.ts';

/** What a plan publishes about how apps get on with it. */
@Module({ controllers: [PublishedScorecardController] })
export class ScorecardModule {}
