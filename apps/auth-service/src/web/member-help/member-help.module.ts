import { Module } from '@nestjs/common';
import { MemberHelpController } from './member-help.controller.ts';

/** The page that tells members about apps. */
@Module({ controllers: [MemberHelpController] })
export class MemberHelpModule {}
