import { Module } from '@nestjs/common';
import { AdministratorStrategy } from './administrator.strategy.ts';
import { ClientsController } from './clients.controller.ts';
import { RelationsController } from './relations.controller.ts';

/** The administration of a plan's clients and relations over HTTP. Only a service with an ADMIN_SECRET has it. */
@Module({ controllers: [ClientsController, RelationsController], providers: [AdministratorStrategy] })
export class AdministrationModule {}
