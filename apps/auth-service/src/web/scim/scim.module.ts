import { Module } from '@nestjs/common';
import { ScimController } from './scim.controller.ts';

/** SCIM 2.0, by which a plan's identity provider says who is active. */
@Module({ controllers: [ScimController] })
export class ScimModule {}
