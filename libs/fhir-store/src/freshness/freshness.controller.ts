import { Controller, Get, Param } from '@nestjs/common';
import { FRESHNESS_PATH } from '@patient-access/internal-api';
import { Freshness } from './freshness.ts';
import { type JudgedFeed, judge } from './feeds.ts';

/** The route of {@link FreshnessController}, which leaves no event, and why. */
export const FRESHNESS_WITHOUT_EVENT = {
  [`GET ${FRESHNESS_PATH}`]: 'says when the plan loaded data, and nothing about a member',
};

/** Tells auth-service how fresh the data of a plan is, for its pages and for staff. */
@Controller(FRESHNESS_PATH)
export class FreshnessController {
  private readonly freshness: Freshness;

  constructor(freshness: Freshness) {
    this.freshness = freshness;
  }

  /** The guard has compared the plan with that of the introspection JWT. */
  @Get()
  async ofPlan(@Param('tenant') tenant: string): Promise<{ feeds: JudgedFeed[] }> {
    const now = new Date();
    const feeds = (await this.freshness.all()).filter((feed) => feed.tenant === tenant);
    return { feeds: feeds.map((feed) => judge(feed, now)) };
  }
}
