import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { denyByDefault } from '@patient-access/platform';
import { GATEWAY_STRATEGY, GatewayStrategy } from './gateway.strategy.ts';

/** The guard of every route. It refuses every caller except the gateway, unless the route says otherwise. */
@Module({ providers: [GatewayStrategy, { provide: APP_GUARD, useClass: denyByDefault(GATEWAY_STRATEGY) }] })
export class GatewayModule {}
