import { Module } from '@nestjs/common';
import { FreshnessOfPlans } from '../../provider/freshness/freshness-of-plans.ts';
import { AppsController } from './apps.controller.ts';
import { AccessHistoryController } from './access-history.controller.ts';
import { SessionController } from './session.controller.ts';

/** The members' own pages: connected apps, "Who saw my data", and the log-out. */
@Module({
  controllers: [AppsController, AccessHistoryController, SessionController],
  providers: [FreshnessOfPlans],
})
export class MemberPagesModule {}
