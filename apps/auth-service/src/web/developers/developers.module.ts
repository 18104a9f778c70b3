import { Module } from '@nestjs/common';
import { DeveloperAccountController } from './account.controller.ts';
import { OwnCallsController } from './own-calls.controller.ts';
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
  ],
  providers: [DeveloperPages],
})
export class DevelopersModule {}
