import { Module } from '@nestjs/common';
import { InteractionController } from './interaction.controller.ts';

/** The pages of an authorization request: login, second factor, choice of the person, consent. */
@Module({ controllers: [InteractionController] })
export class InteractionModule {}
