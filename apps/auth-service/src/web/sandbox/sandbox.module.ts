import { Module } from '@nestjs/common';
import { SandboxController } from './sandbox.controller.ts';

/** The sandbox of preview tenants, where app developers set faults. */
@Module({ controllers: [SandboxController] })
export class SandboxModule {}
