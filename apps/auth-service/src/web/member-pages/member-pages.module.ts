import { Module } from '@nestjs/common';
import { AppsController } from './apps.controller.ts';
import { AccessHistoryController } from './access-history.controller.ts';
import { SessionController } from './session.controller.ts';

/** The own pages of a member: connected apps, "Who saw my data", and the end of the session. */
@Module({ controllers: [AppsController, AccessHistoryController, SessionController] })
export class MemberPagesModule {}
