import { Module } from '@nestjs/common';
import { PlanController } from './plan.controller.ts';

/** The plan's name and contact, for the CapabilityStatement that the gateway serves. */
@Module({ controllers: [PlanController] })
export class PlanModule {}
