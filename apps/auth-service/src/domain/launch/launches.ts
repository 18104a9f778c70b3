/** Launches that payer systems opened. They are opaque, stored as digests, short-lived and used once. */
import { randomBytes } from 'node:crypto';
import type { Pool } from '@patient-access/database';
import { type LinkRules, spellingOf } from '../federation/link-identity.ts';
import { digest } from '../keys/secrets.ts';
import { INTERACTION_SECONDS } from '../grants/lifetimes.ts';
import { findRecord, saveRecord } from '../grants/records.ts';
import type { Launch } from './launch-request.ts';

/** The app has to start the authorization within this time. */
export const LAUNCH_SECONDS = 300;
const LAUNCH_BYTES = 32;
/** Launches are rows of `oidc_record`. They are found by a digest, used once, and swept. */
const MODEL = 'Launch';

const BEARER = {
  name: 'launch-bearer',
  text: `SELECT patient FROM plan_member WHERE tenant = $1 AND number = $2 AND relationship = 'self' LIMIT 2`,
};

/** A launch that was opened and has not been swept. */
export interface OpenedLaunch extends Launch {
  /**
   * digest of the value that the app sends; this digest is in the database and in the parameters of an interaction
   */
  id: string;
  used: boolean;
  /** the app came too late; an app that came in time has as long as an interaction to log the member in */
  late: boolean;
}

type Stored = Launch & { presentBy: number };

const nowSeconds = (): number => Math.floor(Date.now() / 1000);

/** Key of a launch for the statements of domain/grants/records.ts. */
const launchKey = (tenant: string, id: string): [string, string, string] => [tenant, MODEL, id];

/** The launches of one tenant. */
export class Launches {
  private readonly pool: Pool;
  private readonly tenant: string;

  constructor(pool: Pool, tenant: string) {
    this.pool = pool;
    this.tenant = tenant;
  }

  /** @returns the opaque value of the SMART `launch` parameter; it is not stored */
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

  /**
   * @param rules of the plan's numbers, as at a login
   * @returns the Patient who is the bearer of a member number herself; undefined when it is not clear who that is
   */
  async patientWith(number: string, rules: Pick<LinkRules, 'ignoreCase'>): Promise<string | undefined> {
    const spelling = await spellingOf(this.pool, this.tenant, number, rules);
    if (spelling === undefined) return undefined;
    const values = [this.tenant, spelling];
    const { rows } = await this.pool.query<{ patient: string }>({ ...BEARER, values });
    return rows.length === 1 ? rows[0]?.patient : undefined;
  }

  /** @param id digest of the `launch` parameter */
  async find(id: string): Promise<OpenedLaunch | undefined> {
    const record = await findRecord(this.pool, 'id', launchKey(this.tenant, id));
    if (!record) return undefined;
    const { presentBy, ...launch } = JSON.parse(record.payload) as Stored;
    return { ...launch, id, used: record.consumed_at !== null, late: presentBy < nowSeconds() };
  }
}
