import { Module } from '@nestjs/common';
import { DiscoveryController } from './discovery.controller.ts';

/** SMART discovery. */
@Module({ controllers: [DiscoveryController] })
export class DiscoveryModule {}
