import { Module } from '@nestjs/common';
import { StyleSheetController } from './style-sheet.controller.ts';

/** What all pages load. */
@Module({ controllers: [StyleSheetController] })
export class PagesModule {}
