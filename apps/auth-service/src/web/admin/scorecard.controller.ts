import { Get, Inject, Query } from '@nestjs/common';
import { unavailable } from '@patient-access/fhir';
import { type Scorecard, ScorecardQuery } from '@patient-access/internal-api';
import type { z } from 'zod';
import type { Administration } from '../../domain/administration/administration.ts';
import { trailOfScorecards } from '../../egress/trail-of-scorecards.ts';
import { SHARED_SERVICES, type SharedServices } from '../../provider/shared-services.ts';
import { AdministrationController } from './administration-controller.decorator.ts';
import { AdministrationOf } from './administration.decorator.ts';

const Wanted = ScorecardQuery.pick({ days: true });

/** How apps get on with a plan, for its staff. */
@AdministrationController('scorecard')
export class AdministratorScorecardController {
  private readonly ask: ReturnType<typeof trailOfScorecards>;

  constructor(@Inject(SHARED_SERVICES) { config }: SharedServices) {
    this.ask = trailOfScorecards(config);
  }

  @Get()
  read(
    @AdministrationOf() { tenant }: Administration,
    @Query({ schema: Wanted }) { days }: z.infer<typeof Wanted>,
  ): Promise<Scorecard> {
    return this.ask(tenant.id, days).catch((error: unknown) => {
      throw unavailable(error);
    });
  }
}
