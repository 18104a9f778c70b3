import { Module } from '@nestjs/common';
import { AuditorStrategy } from './auditor.strategy.ts';
import { DirectoryController } from './directory.controller.ts';

/** Names of members, logins and apps, for auditors at the audit console. */
@Module({ controllers: [DirectoryController], providers: [AuditorStrategy] })
export class DirectoryModule {}
