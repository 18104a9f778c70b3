import { Controller, Get, Header, Inject, NotFoundException, Param } from '@nestjs/common';
import { unavailable } from '@patient-access/fhir';
import { Public } from '@patient-access/platform';
import { type PublicScorecard, publicScorecard } from '../../domain/scorecard/public-scorecard.ts';
import { scorecardPath } from '../../domain/urls.ts';
import { trailOfScorecards } from '../../egress/trail-of-scorecards.ts';
import { SHARED_SERVICES, type SharedServices } from '../../provider/shared-services.ts';
import type { TenantServer } from '../../provider/tenants.ts';
import { TenantPipe } from '../services/tenant.pipe.ts';

/** Nobody chooses the days, so that no two answers of one day can be compared. */
const DAYS = 30;
const KEPT_MS = 3_600_000;

/** The scorecard of a plan for everybody, where the plan has switched it on. */
@Public()
@Controller(scorecardPath(':tenant'))
export class PublishedScorecardController {
  private readonly read: ReturnType<typeof trailOfScorecards>;
  /** by plan, since when on the clock of `performance.now()`: strangers may ask as often as they like */
  private readonly kept = new Map<string, { at: number; card: Promise<PublicScorecard> }>();

  constructor(@Inject(SHARED_SERVICES) { config }: SharedServices) {
    this.read = trailOfScorecards(config);
  }

  @Get()
  @Header('cache-control', 'public, max-age=3600')
  @Header('access-control-allow-origin', '*')
  show(@Param('tenant', TenantPipe) { tenant }: TenantServer): Promise<PublicScorecard> {
    if (!tenant.settings.publishScorecard) throw new NotFoundException();
    return this.cardOf(tenant.id).catch((error: unknown) => {
      this.kept.delete(tenant.id);
      throw unavailable(error);
    });
  }

  private cardOf(tenant: string): Promise<PublicScorecard> {
    const known = this.kept.get(tenant);
    if (known && known.at + KEPT_MS > performance.now()) return known.card;
    const card = this.read(tenant, DAYS).then(publicScorecard);
    this.kept.set(tenant, { at: performance.now(), card });
    return card;
  }
}
