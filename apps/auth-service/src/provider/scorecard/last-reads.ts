/** What apps of a plan asked for last: sums of the trail, about nobody. */
import { Inject, Injectable } from '@nestjs/common';
import type { Scorecard } from '@patient-access/internal-api';
import { LRUCache } from 'lru-cache';
import { trailOfScorecards } from '../../egress/trail-of-scorecards.ts';
import { SHARED_SERVICES, type SharedServices } from '../shared-services.ts';

/** Days are told, so an hour changes little. */
const KNOWN_MS = 3_600_000;
const MAX_PLANS = 1_000;
/** The days of the scorecard do not matter here: what was read last is the same in each. */
const DAYS = 1;

export interface LastReads {
  /** what happened up to then is counted, in milliseconds since the epoch */
  countedUntil: number;
  /** by client id */
  apps: ReadonlyMap<string, Scorecard['apps'][number]['lastReads']>;
}

/** Pages of members and of developers, and the apps themselves, read the same answer. */
@Injectable()
export class LastReadsOfApps {
  private readonly services: SharedServices;
  private readonly ask: ReturnType<typeof trailOfScorecards>;
  private readonly known = new LRUCache<string, LastReads>({ max: MAX_PLANS, ttl: KNOWN_MS });

  constructor(@Inject(SHARED_SERVICES) services: SharedServices) {
    this.services = services;
    this.ask = trailOfScorecards(services.config);
  }

  /** As of an hour ago at most. @returns undefined where audit-service cannot say it now: pages are about more */
  async of(tenant: string): Promise<LastReads | undefined> {
    const known = this.known.get(tenant);
    if (known) return known;
    try {
      const { countedUntil, apps } = await this.ask(tenant, DAYS);
      if (countedUntil === null) return undefined;
      const reads = {
        countedUntil: Date.parse(countedUntil),
        apps: new Map(apps.map(({ client, lastReads }) => [client, lastReads])),
      };
      this.known.set(tenant, reads);
      return reads;
    } catch (err) {
      this.services.logger.warn({ err }, 'last reads of apps');
      return undefined;
    }
  }
}
