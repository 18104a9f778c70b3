/** How fresh the data of a plan is: asked of the services that hold it, over HTTP. */
import { Inject, Injectable } from '@nestjs/common';
import type { FeedFreshness } from '@patient-access/internal-api';
import { RECORD_SERVICES } from '@patient-access/topology';
import { LRUCache } from 'lru-cache';
import { freshnessOfService } from '../../egress/freshness-of-services.ts';
import { introspectionJwtFor } from '../introspection/login-jwt.ts';
import { SHARED_SERVICES, type SharedServices } from '../shared-services.ts';
import type { TenantServer } from '../tenants.ts';

const KNOWN_MS = 30_000;
const MAX_PLANS = 1_000;

/** Nobody asks in particular: the answer is the same for everybody, and about nobody. */
const ASKING = 'freshness';

interface Freshness {
  feeds: FeedFreshness[];
  /** false: a service did not answer, and its data is not in the list */
  complete: boolean;
}

@Injectable()
export class FreshnessOfPlans {
  private readonly services: SharedServices;
  private readonly known = new LRUCache<string, Freshness>({ max: MAX_PLANS, ttl: KNOWN_MS });

  constructor(@Inject(SHARED_SERVICES) services: SharedServices) {
    this.services = services;
  }

  /** As of half a minute ago. It never fails: what cannot be asked is left out. */
  async of(server: TenantServer): Promise<Freshness> {
    const { id: tenant } = server.tenant;
    const known = this.known.get(tenant);
    if (known) return known;
    const caller = { client_id: ASKING, sub: ASKING, grant_id: ASKING, scope: '' };
    const question = { tenant, introspectionJwt: introspectionJwtFor(server, caller) };
    const { config, logger } = this.services;
    const answers = await Promise.all(
      RECORD_SERVICES.map((service) =>
        freshnessOfService(config, service, question).catch((err: unknown) => {
          logger.warn({ err, service }, 'cannot be asked how fresh its data is');
          return undefined;
        }),
      ),
    );
    const feeds = answers.flatMap((answer) => answer ?? []).sort((a, b) => (a.type < b.type ? -1 : 1));
    const found = { feeds, complete: !answers.includes(undefined) };
    if (found.complete) this.known.set(tenant, found);
    return found;
  }
}
