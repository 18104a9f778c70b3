import { Module } from '@nestjs/common';
import { BrandsController } from './brands.controller.ts';

/** The User-access Brands Bundle of a plan. */
@Module({ controllers: [BrandsController] })
export class BrandsModule {}
