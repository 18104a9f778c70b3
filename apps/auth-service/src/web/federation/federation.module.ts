import { Module } from '@nestjs/common';
import { BackChannelLogoutController } from './back-channel-logout.controller.ts';
import { FederationController } from './federation.controller.ts';

/** Login at the plan's own identity provider. */
@Module({ controllers: [BackChannelLogoutController, FederationController] })
export class FederationModule {}
