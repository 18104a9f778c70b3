import { Get, Param, ServiceUnavailableException } from '@nestjs/common';
import type { FeedFreshness } from '@patient-access/internal-api';
import { NotFoundError } from '../../domain/administration/administration.ts';
import { FreshnessOfPlans } from '../../provider/freshness/freshness-of-plans.ts';
import { Tenants } from '../../provider/tenants.ts';
import { AdministrationController } from './administration-controller.decorator.ts';

/** How fresh the data of a plan is. */
@AdministrationController('freshness')
export class PlanFreshnessController {
  private readonly tenants: Tenants;
  private readonly freshness: FreshnessOfPlans;

  constructor(tenants: Tenants, freshness: FreshnessOfPlans) {
    this.tenants = tenants;
    this.freshness = freshness;
  }

  /** @throws ServiceUnavailableException when a service does not answer: a list with a part missing would mislead */
  @Get()
  async ofPlan(@Param('tenant') id: string): Promise<{ feeds: FeedFreshness[] }> {
    const server = await this.tenants.get(id);
    if (!server) throw new NotFoundError(`no tenant "${id}"`);
    const { feeds, complete } = await this.freshness.of(server);
    if (!complete) throw new ServiceUnavailableException();
    return { feeds };
  }
}
