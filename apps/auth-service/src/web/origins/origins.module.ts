import { Module } from '@nestjs/common';
import { OriginsController } from './origins.controller.ts';

/** Says whether an app is registered at an origin (CORS), for the gateway. */
@Module({ controllers: [OriginsController] })
export class OriginsModule {}
