import { Module } from '@nestjs/common';
import { EmailController } from './email.controller.ts';

@Module({ controllers: [EmailController] })
export class EmailModule {}
