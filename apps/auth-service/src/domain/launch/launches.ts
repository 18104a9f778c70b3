/** Launches that payer systems opened: opaque, hashed, short, and used once. */
import { randomBytes } from 'node:crypto';
import type { Pool } from '@patient-access/database';
import { digest } from '../keys/secrets.ts';
import { INTERACTION_SECONDS } from '../grants/lifetimes.ts';
import { findRecord, saveRecord } from '../grants/records.ts';
import type { Launch } from './launch-request.ts';

/** Within it the app has to come with the launch. */
export const LAUNCH_SECONDS = 300;
const LAUNCH_BYTES = 32;
/** Its place among the records of the engine, whose rules it shares: known by a digest, consumed once, swept. */
const MODEL = 'Launch';

/** A launch that was opened and is not forgotten. */
export interface OpenedLaunch extends Launch {
  /** digest of what the app brings: what stands in the database, and in the parameters of an interaction */
  id: string;
  used: boolean;
  /** too late to come with it; who came in time has the time of an interaction to log in and agree */
  late: boolean;
}

type Stored = Launch & { presentBy: number };

const nowSeconds = (): number => Math.floor(Date.now() / 1000);

/** Names a launch in the statements of domain/grants/records.ts. */
const launchKey = (tenant: string, id: string): [string, string, string] => [tenant, MODEL, id];

/** The launches of one tenant. */
export class Launches {
  private readonly pool: Pool;
  private readonly tenant: string;

  constructor(pool: Pool, tenant: string) {
    this.pool = pool;
    this.tenant = tenant;
  }

  /** @returns the opaque value of the SMART `launch` parameter; it is kept nowhere */
  async open(launch: Launch): Promise<string> {
    const value = randomBytes(LAUNCH_BYTES).toString('base64url');
    const stored: Stored = { ...launch, presentBy: nowSeconds() + LAUNCH_SECONDS };
    await saveRecord(this.pool, {
      tenant: this.tenant,
      model: MODEL,
      id: digest(value),
      payload: JSON.stringify(stored),
      grantId: null,
      uid: null,
      sub: null,
      expiresIn: LAUNCH_SECONDS + INTERACTION_SECONDS,
    });
    return value;
  }

  /** @param id digest of the `launch` parameter */
  async find(id: string): Promise<OpenedLaunch | undefined> {
    const record = await findRecord(this.pool, 'id', launchKey(this.tenant, id));
    if (!record) return undefined;
    const { presentBy, ...launch } = JSON.parse(record.payload) as Stored;
    return { ...launch, id, used: record.consumed_at !== null, late: presentBy < nowSeconds() };
  }
}
