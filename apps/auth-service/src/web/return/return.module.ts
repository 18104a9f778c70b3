import { Module } from '@nestjs/common';
import { ReturnController } from './return.controller.ts';

/** The button of an error page that leads back to an app which the plan has not checked. */
@Module({ controllers: [ReturnController] })
export class ReturnModule {}
