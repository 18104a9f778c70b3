import { Module } from '@nestjs/common';
import { ReceiptController } from './receipt.controller.ts';

/** Consent receipts: a page, and a signed file. */
@Module({ controllers: [ReceiptController] })
export class ReceiptModule {}
