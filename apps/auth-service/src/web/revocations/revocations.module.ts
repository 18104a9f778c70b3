import { Module } from '@nestjs/common';
import { RevocationsController } from './revocations.controller.ts';

/** The stream of revoked tokens and grants, for the gateway. */
@Module({ controllers: [RevocationsController] })
export class RevocationsModule {}
