import { Module } from '@nestjs/common';
import { StyleSheetController } from './style-sheet.controller.ts';

/** The style sheet that all pages load. */
@Module({ controllers: [StyleSheetController] })
export class PagesModule {}
