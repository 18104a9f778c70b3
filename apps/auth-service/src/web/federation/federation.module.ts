import { Module } from '@nestjs/common';
import { FederationController } from './federation.controller.ts';
import { FederationStrategy } from './federation.strategy.ts';

/** Login at the plan's own identity provider. */
@Module({ controllers: [FederationController], providers: [FederationStrategy] })
export class FederationModule {}
