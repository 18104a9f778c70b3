import { Module } from '@nestjs/common';
import { SmartStyleController } from './smart-style.controller.ts';

/** The SMART style document of a plan. */
@Module({ controllers: [SmartStyleController] })
export class SmartStyleModule {}
