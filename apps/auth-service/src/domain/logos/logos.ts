/** The logos of apps, as rows. One that was shown to a member stays, so that what the member saw can be looked at. */
import type { Queryable } from '../database.ts';
import { invalidMetadata } from '../clients/registration-error.ts';
import { type Logo, readLogo } from './logo.ts';
import { LogoRefused } from './logo-refused.ts';

/** What is served. */
export type StoredLogo = Pick<Logo, 'type' | 'bytes'>;

/** What a form does with the logo: a file, or none from now on. Undefined: it stays as it is. */
export type LogoChange = Buffer | 'none' | undefined;

const MAX_OF_ACCOUNT = 100;

const INSERT = `INSERT INTO logo (tenant, digest, developer, type, bytes)
  SELECT $1, $2, $3::uuid, $4, $5 WHERE (SELECT count(*) FROM logo WHERE tenant = $1 AND developer = $3::uuid) < ${MAX_OF_ACCOUNT}
  ON CONFLICT DO NOTHING`;
const OF_ACCOUNT = 'SELECT type, bytes FROM logo WHERE tenant = $1 AND digest = $2 AND developer = $3::uuid';
const OF_ANY_ACCOUNT = 'SELECT type, bytes FROM logo WHERE tenant = $1 AND digest = $2 LIMIT 1';
/** Served to everybody while an app has it, so nobody uses the host of the login for pictures of their own. */
const IN_USE = `${OF_ANY_ACCOUNT.replace(' LIMIT 1', '')} AND EXISTS (
    SELECT FROM client WHERE tenant = $1 AND metadata->>'logo' = $2 AND metadata ? 'logo'
      AND banned_at IS NULL AND expires_at > now()) LIMIT 1`;

const one = async (db: Queryable, text: string, values: string[]): Promise<StoredLogo | undefined> =>
  (await db.query<StoredLogo>(text, values)).rows[0];

/** @returns the logo of an app that members can meet now */
export const findShownLogo = (
  db: Queryable,
  tenant: string,
  digest: string,
): Promise<StoredLogo | undefined> => one(db, IN_USE, [tenant, digest]);

/** @returns a logo that the account has sent, used or not */
export const findOwnLogo = (
  db: Queryable,
  tenant: string,
  digest: string,
  developer: string,
): Promise<StoredLogo | undefined> => one(db, OF_ACCOUNT, [tenant, digest, developer]);

/** @returns a logo that anybody has sent, for the plan's staff */
export const findAnyLogo = (db: Queryable, tenant: string, digest: string): Promise<StoredLogo | undefined> =>
  one(db, OF_ANY_ACCOUNT, [tenant, digest]);

/** @throws RegistrationError */
function read(file: Buffer): Logo {
  try {
    return readLogo(file);
  } catch (error) {
    if (error instanceof LogoRefused) throw invalidMetadata(`logo ${error.message}`);
    throw error;
  }
}

/**
 * Keeps what the form of a developer says.
 *
 * @param before digest of the present logo
 * @returns digest of the logo from now on; undefined for none
 * @throws RegistrationError
 */
export async function settleLogo(
  db: Queryable,
  { tenant, developer }: { tenant: string; developer: string },
  change: LogoChange,
  before?: string,
): Promise<string | undefined> {
  if (change === 'none') return undefined;
  if (change === undefined) return before;
  const { digest, type, bytes } = read(change);
  await db.query(INSERT, [tenant, digest, developer, type, bytes]);
  if (await findOwnLogo(db, tenant, digest, developer)) return digest;
  throw invalidMetadata(`logo: one account has sent ${MAX_OF_ACCOUNT} already, and no more are taken`);
}
