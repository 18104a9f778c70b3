import { Module } from '@nestjs/common';
import { ReceiptCheckController } from './receipt-check.controller.ts';
import { ReceiptController } from './receipt.controller.ts';

/** Consent receipts: a page, a file to keep, and the page where anybody checks one. */
@Module({ controllers: [ReceiptController, ReceiptCheckController] })
export class ReceiptModule {}
