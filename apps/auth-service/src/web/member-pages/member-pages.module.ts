import { Module } from '@nestjs/common';
import { AppsController } from './apps.controller.ts';
import { AccessHistoryController } from './access-history.controller.ts';
import { SessionController } from './session.controller.ts';

/** The members' own pages: connected apps, "Who saw my data", and the log-out. */
@Module({ controllers: [AppsController, AccessHistoryController, SessionController] })
export class MemberPagesModule {}
