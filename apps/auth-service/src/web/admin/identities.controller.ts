import { Controller, Inject, Post, UseFilters } from '@nestjs/common';
import { AuthenticatedBy } from '@patient-access/platform';
import type { Administration } from '../../domain/administration/clients.ts';
import { openTestLogin } from '../../domain/administration/test-login.ts';
import type { SharedServices } from '../../provider/shared-services.ts';
import { CONFIG } from '../services/tokens.ts';
import { AdministrationErrors } from './administration-errors.filter.ts';
import { AdministrationOf } from './administration.decorator.ts';
import { ADMINISTRATOR_STRATEGY } from './administrator.strategy.ts';

/** The logins at the plan's identity provider, on the internal listener only. */
@AuthenticatedBy(ADMINISTRATOR_STRATEGY)
@UseFilters(AdministrationErrors)
@Controller('internal/admin/:tenant')
export class IdentitiesController {
  private readonly publicUrl: string;

  constructor(@Inject(CONFIG) { PUBLIC_URL: publicUrl }: Pick<SharedServices['config'], 'PUBLIC_URL'>) {
    this.publicUrl = publicUrl;
  }

  /** @returns the address of a test login, for a browser of the plan's staff */
  @Post('test-logins')
  async openTestLogin(@AdministrationOf() administration: Administration) {
    return openTestLogin(administration, this.publicUrl);
  }
}
