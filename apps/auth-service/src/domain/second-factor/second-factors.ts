/** The second factors of a tenant's logins: a TOTP secret and recovery codes. Each code works once. */
import { inTransaction, type Pool } from '@patient-access/database';
import type { AccessEvent } from '@patient-access/events';
import { recordStatement } from '@patient-access/outbox/record';
import type { PoolClient, QueryConfig } from 'pg';
import { keepLoginChange, type LoginChange } from '../accounts/login-changes.ts';
import { queryOn } from '../database.ts';
import { deriveKey, deriveKeys, hmac, type Keys, seal, unseal } from '../keys/secrets.ts';
import type { Enrolment } from './enrolment.ts';
import { stepOf } from './totp.ts';

export interface SecondFactor {
  since: Date;
  recoveryCodesLeft: number;
}

const FIND = {
  name: 'second-factor-find',
  text: `SELECT sealed, created_at AS since,
                (SELECT count(*)::int FROM recovery_code r WHERE r.tenant = f.tenant AND r.sub = f.sub) AS codes
           FROM second_factor f WHERE tenant = $1 AND sub = $2`,
};
/** Of all concurrent callers with one code exactly one gets a row. */
const USE_STEP = {
  name: 'second-factor-use-step',
  text: `UPDATE second_factor SET last_step = $3 WHERE tenant = $1 AND sub = $2 AND last_step < $3 RETURNING 1`,
};
const USE_RECOVERY_CODE = {
  name: 'recovery-code-use',
  text: `DELETE FROM recovery_code WHERE tenant = $1 AND sub = $2 AND hash = $3 RETURNING 1`,
};
const INSERT = {
  name: 'second-factor-insert',
  text: `INSERT INTO second_factor (tenant, sub, sealed, last_step) VALUES ($1, $2, $3, $4)
         ON CONFLICT DO NOTHING RETURNING 1`,
};
const INSERT_RECOVERY_CODES = {
  name: 'recovery-code-insert',
  text: `INSERT INTO recovery_code (tenant, sub, hash) SELECT $1, $2, hash FROM unnest($3::text[]) AS h (hash)`,
};
/** Nobody replaces or takes it away meanwhile. */
const HOLD = {
  name: 'second-factor-hold',
  text: `SELECT sealed FROM second_factor WHERE tenant = $1 AND sub = $2 FOR UPDATE`,
};
const DELETE = {
  name: 'second-factor-delete',
  text: `DELETE FROM second_factor WHERE tenant = $1 AND sub = $2`,
};

/** Makes the event of an act. It is called when the act is done, in its transaction. */
type EventOf = () => AccessEvent;

/** Accepts codes as people type them: with spaces or dashes, upper or lower case. */
const normalizeCode = (typed: string): string => typed.toLowerCase().replace(/[^a-z0-9]/g, '');

const isTotp = (code: string): boolean => /^\d{6}$/.test(code);

/** @param masters KEY_ENCRYPTION_KEY @returns the keys that seal TOTP secrets */
export const factorKeys = (masters: Keys): Keys => deriveKeys(masters, 'second-factor');
/** What a TOTP secret is sealed for. */
export const factorContext = (tenant: string, sub: string): string => `${tenant}/${sub}`;

export class SecondFactors {
  private readonly pool: Pool;
  private readonly tenant: string;
  private readonly keys: Keys;

  /** @param masters KEY_ENCRYPTION_KEY */
  constructor(pool: Pool, masters: Keys, tenant: string) {
    this.pool = pool;
    this.tenant = tenant;
    this.keys = factorKeys(masters);
  }

  private contextOf(sub: string): string {
    return factorContext(this.tenant, sub);
  }

  /** The key comes from the secret that is sealed beside it, so it stays when another key seals the secret. */
  private hashOf(sub: string, secret: string, code: string): string {
    const key = deriveKey(Buffer.from(secret), 'recovery-codes');
    return hmac([key], `${this.contextOf(sub)}/${normalizeCode(code)}`);
  }

  private async secretOf(sub: string): Promise<string | undefined> {
    const row = await this.row(sub);
    return row && unseal(this.keys, this.contextOf(sub), row.sealed);
  }

  private async row(sub: string) {
    const { rows } = await this.pool.query<{ sealed: Buffer; since: Date; codes: number }>({
      ...FIND,
      values: [this.tenant, sub],
    });
    return rows[0];
  }

  /** @returns undefined for a login without one */
  async find(sub: string): Promise<SecondFactor | undefined> {
    const row = await this.row(sub);
    return row && { since: row.since, recoveryCodesLeft: row.codes };
  }

  /**
   * Turns the second factor on with the first code of the authenticator app, with its event or not at all.
   *
   * @returns false when the code is wrong, or the login has a second factor already
   */
  turnOn(sub: string, enrolment: Enrolment, typed: string, eventOf: EventOf): Promise<boolean> {
    return this.install(sub, enrolment, typed, { change: 'second-factor-on', eventOf });
  }

  /**
   * Puts another authenticator app, with recovery codes of its own, in the place of the present one. The login is
   * never without a second factor in between.
   *
   * @returns false when the code of the new app is wrong, the new app is in use already, or the login has no second factor
   *   any more
   */
  replace(sub: string, enrolment: Enrolment, typed: string, eventOf: EventOf): Promise<boolean> {
    return this.install(sub, enrolment, typed, { change: 'second-factor-replaced', eventOf });
  }

  /** Is it the factor that the login has now? */
  async isInUse(sub: string, { secret }: Enrolment): Promise<boolean> {
    return (await this.secretOf(sub)) === secret;
  }

  private async install(
    sub: string,
    enrolment: Enrolment,
    typed: string,
    { change, eventOf }: { change: 'second-factor-on' | 'second-factor-replaced'; eventOf: EventOf },
  ): Promise<boolean> {
    const step = stepOf(enrolment.secret, normalizeCode(typed), Date.now());
    if (step === undefined) return false;
    const sealed = seal(this.keys, this.contextOf(sub), enrolment.secret);
    const hashes = enrolment.codes.map((code) => this.hashOf(sub, enrolment.secret, code));
    return inTransaction(this.pool, async (client) => {
      if (change === 'second-factor-replaced' && !(await this.makeRoom(client, sub, enrolment))) return false;
      const { rowCount } = await client.query({ ...INSERT, values: [this.tenant, sub, sealed, step] });
      if (rowCount !== 1) return false;
      await client.query({ ...INSERT_RECOVERY_CODES, values: [this.tenant, sub, hashes] });
      await this.keepChange(client, sub, change, eventOf);
      return true;
    });
  }

  /**
   * Takes the present factor away. Of several presses the others wait here for the first one.
   *
   * @returns false when there is none, or another press has put the new one in its place
   */
  private async makeRoom(client: PoolClient, sub: string, { secret }: Enrolment): Promise<boolean> {
    const values = [this.tenant, sub];
    const [present] = (await client.query<{ sealed: Buffer }>({ ...HOLD, values })).rows;
    if (!present || unseal(this.keys, this.contextOf(sub), present.sealed) === secret) return false;
    await client.query({ ...DELETE, values });
    return true;
  }

  /**
   * Uses up a code.
   *
   * @returns which kind of code it was; undefined when it is wrong or was used before
   */
  async use(sub: string, typed: string): Promise<'totp' | 'recovery-code' | undefined> {
    const code = normalizeCode(typed);
    const statement = await this.useOf(sub, code);
    if (!statement || (await this.pool.query(statement)).rowCount !== 1) return undefined;
    return isTotp(code) ? 'totp' : 'recovery-code';
  }

  /**
   * Uses up a code and does something for it, or neither. Of concurrent callers with one code the others go on when the
   * first one has done it.
   *
   * @param act in the transaction that uses up the code
   * @returns false when the code is wrong or was used before
   */
  async useFor(sub: string, typed: string, act: (client: PoolClient) => Promise<void>): Promise<boolean> {
    const statement = await this.useOf(sub, normalizeCode(typed));
    if (!statement) return false;
    return inTransaction(this.pool, async (client) => {
      if ((await client.query(statement)).rowCount !== 1) return false;
      await act(client);
      return true;
    });
  }

  /** @returns undefined for a login without a second factor, and for a code that the app does not show now */
  private async useOf(sub: string, code: string): Promise<QueryConfig | undefined> {
    const secret = await this.secretOf(sub);
    if (secret === undefined) return undefined;
    if (!isTotp(code))
      return { ...USE_RECOVERY_CODE, values: [this.tenant, sub, this.hashOf(sub, secret, code)] };
    const step = stepOf(secret, code, Date.now());
    return step === undefined ? undefined : { ...USE_STEP, values: [this.tenant, sub, step] };
  }

  /**
   * Turns it off for a code, which is used up, with its event or not at all.
   *
   * @returns false when the code is wrong or was used before
   */
  turnOff(sub: string, typed: string, eventOf: EventOf): Promise<boolean> {
    return this.useFor(sub, typed, async (client) => {
      const { rowCount } = await client.query({ ...DELETE, values: [this.tenant, sub] });
      if (rowCount === 1) await this.keepChange(client, sub, 'second-factor-off', eventOf);
    });
  }

  /** For the person who logs in, and for the trail. */
  private async keepChange(
    client: PoolClient,
    sub: string,
    change: LoginChange,
    eventOf: EventOf,
  ): Promise<void> {
    await keepLoginChange(queryOn(client), this.tenant, sub, change);
    await client.query(recordStatement([eventOf()]));
  }
}
