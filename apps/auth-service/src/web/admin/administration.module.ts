import { Module } from '@nestjs/common';
import { FreshnessOfPlans } from '../../provider/freshness/freshness-of-plans.ts';
import { AdministratorStrategy } from './administrator.strategy.ts';
import { ApplicationsController } from './applications.controller.ts';
import { ClientsController } from './clients.controller.ts';
import { EmailsController } from './emails.controller.ts';
import { PlanFreshnessController } from './freshness.controller.ts';
import { IdentitiesController } from './identities.controller.ts';
import { JoinersController } from './joiners.controller.ts';
import { LoginsController } from './logins.controller.ts';
import { NotBeforeController } from './not-before.controller.ts';
import { NotBeforePageController } from './not-before-page.controller.ts';
import { OperatorStrategy } from './operator.strategy.ts';
import { PlansController } from './plans.controller.ts';
import { PersonChangesController } from './person-changes.controller.ts';
import { RelationsController } from './relations.controller.ts';
import { AdministratorScorecardController } from './scorecard.controller.ts';

/** The administration of plans over HTTP: their life and settings, and each plan's clients, applications, logins, relations and email addresses, and how fresh its data is. Only a service with an ADMIN_SECRET has it. */
@Module({
  controllers: [
    AdministratorScorecardController,
    ApplicationsController,
    ClientsController,
    EmailsController,
    PlanFreshnessController,
    IdentitiesController,
    JoinersController,
    LoginsController,
    NotBeforeController,
    NotBeforePageController,
    PlansController,
    PersonChangesController,
    RelationsController,
  ],
  providers: [AdministratorStrategy, FreshnessOfPlans, OperatorStrategy],
})
export class AdministrationModule {}
