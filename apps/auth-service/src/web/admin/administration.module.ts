import { Module } from '@nestjs/common';
import { AdministratorStrategy } from './administrator.strategy.ts';
import { ClientsController } from './clients.controller.ts';

/** The administration of a plan's clients over HTTP. Only a service with an ADMIN_SECRET has it. */
@Module({ controllers: [ClientsController], providers: [AdministratorStrategy] })
export class AdministrationModule {}
