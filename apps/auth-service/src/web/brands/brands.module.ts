import { Module } from '@nestjs/common';
import { BrandsController } from './brands.controller.ts';
import { InstallationBrandsController } from './installation-brands.controller.ts';

/** The User-access Brands Bundles of each plan, and of the installation. */
@Module({ controllers: [InstallationBrandsController, BrandsController] })
export class BrandsModule {}
