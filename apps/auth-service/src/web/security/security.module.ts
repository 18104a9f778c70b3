import { Module } from '@nestjs/common';
import { PasswordController } from './password.controller.ts';
import { SecondStepController } from './second-step.controller.ts';
import { SecurityController } from './security.controller.ts';

/** The pages where a member sees and changes what protects her login. */
@Module({ controllers: [SecurityController, PasswordController, SecondStepController] })
export class SecurityModule {}
