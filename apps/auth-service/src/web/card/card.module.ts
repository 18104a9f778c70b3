import { Module } from '@nestjs/common';
import { CardController } from './card.controller.ts';

/** The insurance card that a member carries. */
@Module({ controllers: [CardController] })
export class CardModule {}
