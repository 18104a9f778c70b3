import { Module } from '@nestjs/common';
import { CardLinkController } from './card-link.controller.ts';
import { CardLinksController } from './card-links.controller.ts';

/** Links to insurance cards (SMART Health Links): members make and end them, and anybody who has one opens it. */
@Module({ controllers: [CardLinksController, CardLinkController] })
export class CardLinksModule {}
