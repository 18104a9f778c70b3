import { Module } from '@nestjs/common';
import { BackChannelLogoutController } from './back-channel-logout.controller.ts';
import { FederationController } from './federation.controller.ts';
import { LogOutAtPlanController } from './log-out-at-plan.controller.ts';
import { TestLoginController } from './test-login.controller.ts';

/** Login at the plan's own identity provider. */
@Module({
  controllers: [
    BackChannelLogoutController,
    FederationController,
    LogOutAtPlanController,
    TestLoginController,
  ],
})
export class FederationModule {}
