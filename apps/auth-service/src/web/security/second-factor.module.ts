import { Module } from '@nestjs/common';
import { SecurityController } from './security.controller.ts';

/** The page on which a member turns the second factor on and off. */
@Module({ controllers: [SecurityController] })
export class SecondFactorModule {}
