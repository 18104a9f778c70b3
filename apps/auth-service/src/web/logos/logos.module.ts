import { Module } from '@nestjs/common';
import { LogosController } from './logos.controller.ts';

/** The logos of apps. */
@Module({ controllers: [LogosController] })
export class LogosModule {}
