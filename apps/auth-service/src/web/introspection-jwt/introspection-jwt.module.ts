import { Module } from '@nestjs/common';
import { IntrospectionJwtController } from './introspection-jwt.controller.ts';

/** Whose token it is, as a signed introspection response (RFC 9701), for the gateway. */
@Module({ controllers: [IntrospectionJwtController] })
export class IntrospectionJwtModule {}
