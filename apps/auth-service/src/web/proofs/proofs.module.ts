import { Module } from '@nestjs/common';
import { ProofsController } from './proofs.controller.ts';

/** Whether a DPoP proof was used before, for the gateway. */
@Module({ controllers: [ProofsController] })
export class ProofsModule {}
