import { Module } from '@nestjs/common';
import { IntrospectionJwtController } from './introspection-jwt.controller.ts';
import { RenewalsController } from './renewals.controller.ts';

/** Says who a token belongs to, as a signed introspection response (RFC 9701), for the gateway. */
@Module({ controllers: [IntrospectionJwtController, RenewalsController] })
export class IntrospectionJwtModule {}
