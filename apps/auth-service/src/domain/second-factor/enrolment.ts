/**
 * A second factor while the member sets it up. The page carries it in sealed form until a code proves that the app
 * has it.
 */
import { randomInt } from 'node:crypto';
import QRCode from 'qrcode';
import { z } from 'zod';
import { type Keys, seal, unseal } from '../keys/secrets.ts';
import type { Account } from '../accounts/accounts.ts';
import type { Tenant } from '../tenant/tenant.ts';
import { keyUri, newTotpSecret } from './totp.ts';

const RECOVERY_CODES = 10;
/** An alphabet without letters that look alike, and without vowels, so that no words come out. */
const ALPHABET = 'bcdfghjkmnpqrstvwxz23456789';
const GROUP_CHARACTERS = 6;
export const ENROLMENT_SECONDS = 900;

const Enrolment = z.object({
  secret: z.string(),
  codes: z.array(z.string()),
  until: z.number(),
  /** it takes the place of a factor, of which a code was right */
  replaces: z.boolean().optional(),
});
export type Enrolment = z.infer<typeof Enrolment>;

const group = (): string =>
  Array.from({ length: GROUP_CHARACTERS }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');

const now = (): number => Math.floor(Date.now() / 1000);

/** A new secret and ten recovery codes of 57 bits. */
export function newEnrolment(): Enrolment {
  const codes = Array.from({ length: RECOVERY_CODES }, () => `${group()}-${group()}`);
  return { secret: newTotpSecret(), codes, until: now() + ENROLMENT_SECONDS };
}

/** The same key and recovery codes, for as long as a new one. */
export const renewed = (enrolment: Enrolment): Enrolment => ({
  ...enrolment,
  until: now() + ENROLMENT_SECONDS,
});

const contextOf = (tenant: string, sub: string): string => `${tenant}/${sub}/enrolment`;

/** @returns the sealed enrolment that the page carries; only this login can use it */
export function sealEnrolment(key: Keys, tenant: string, sub: string, enrolment: Enrolment): string {
  return seal(key, contextOf(tenant, sub), JSON.stringify(enrolment)).toString('base64url');
}

/** @returns undefined when it belongs to another login, is too old or was not sealed here */
export function openEnrolment(key: Keys, tenant: string, sub: string, sealed: string): Enrolment | undefined {
  try {
    const text = unseal(key, contextOf(tenant, sub), Buffer.from(sealed, 'base64url'));
    const enrolment = Enrolment.parse(JSON.parse(text));
    return enrolment.until > now() ? enrolment : undefined;
  } catch {
    return undefined;
  }
}

/** What a page shows of the enrolment, and the sealed enrolment itself. */
export interface EnrolmentView {
  sealed: string;
  /** base32, for typing */
  secret: string;
  /** what the QR code says: `otpauth://totp/…`, which an authenticator app on the same device opens */
  uri: string;
  /** markup of an SVG without style or script */
  qr: string;
  codes: readonly string[];
}

export async function enrolmentView(
  key: Keys,
  { id, name }: Pick<Tenant, 'id' | 'name'>,
  { sub, login }: Account,
  enrolment: Enrolment,
): Promise<EnrolmentView> {
  const uri = keyUri(enrolment.secret, { plan: name, login });
  const qr = await QRCode.toString(uri, { type: 'svg', margin: 2, errorCorrectionLevel: 'M' });
  const { secret, codes } = enrolment;
  return { sealed: sealEnrolment(key, id, sub, enrolment), secret, uri, qr, codes };
}
