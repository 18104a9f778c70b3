import { Module } from '@nestjs/common';
import { ProofsController } from './proofs.controller.ts';

/** Says whether a DPoP proof was used before, for the gateway. */
@Module({ controllers: [ProofsController] })
export class ProofsModule {}
