import { Module } from '@nestjs/common';
import { PublicationsController } from './publications.controller.ts';

/** The provider directory and the formulary of a plan, which everybody may read. */
@Module({ controllers: [PublicationsController] })
export class PublicationsModule {}
