import { Module } from '@nestjs/common';
import { DeveloperAccountController } from './account.controller.ts';
import { AppsBySecret } from './apps-by-secret.ts';
import { OwnCallsController } from './own-calls.controller.ts';
import { OwnUnreadController } from './own-unread.controller.ts';
import { DeveloperApplicationsController } from './applications.controller.ts';
import { DeveloperAppsController } from './apps.controller.ts';
import { DeveloperCallsController } from './calls.controller.ts';
import { DeveloperPages } from './developer-pages.ts';

/** The pages of developers' accounts, on the origin of the developer site. */
@Module({
  controllers: [
    DeveloperAccountController,
    DeveloperApplicationsController,
    DeveloperAppsController,
    DeveloperCallsController,
    OwnCallsController,
    OwnUnreadController,
  ],
  providers: [DeveloperPages, AppsBySecret],
})
export class DevelopersModule {}
