import { Module } from '@nestjs/common';
import { FederationController } from './federation.controller.ts';

/** Login at the plan's own identity provider. */
@Module({ controllers: [FederationController] })
export class FederationModule {}
