import { Module } from '@nestjs/common';
import { ConsoleLoginController } from './console-login.controller.ts';
import { AuditorSessionController } from './auditor-session.controller.ts';

/** The login of auditors, and their sessions, for the gateway. */
@Module({ controllers: [ConsoleLoginController, AuditorSessionController] })
export class AuditorsModule {}
