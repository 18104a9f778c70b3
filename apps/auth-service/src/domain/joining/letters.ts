/** One-time codes on paper. They are kept as keyed digests; a new one ends the one before. */
import { randomInt } from 'node:crypto';
import type { Queryable } from '../database.ts';
import { hmac, hmacs, type Keys } from '../keys/secrets.ts';

/** Without letters that look like others (Crockford's base 32). */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** 60 bits, in groups of four. */
const CHARACTERS = 12;
const GROUP = /.{4}(?=.)/g;

export function newLetterCode(): string {
  const characters = Array.from({ length: CHARACTERS }, () => ALPHABET[randomInt(ALPHABET.length)]);
  return characters.join('').replace(GROUP, '$&-');
}

/** As people type it: with or without dashes, an O for a zero. */
const normalizeCode = (typed: string): string =>
  typed
    .toUpperCase()
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1')
    .replace(/[^0-9A-Z]/g, '');

const textOf = (tenant: string, number: string, code: string): string =>
  JSON.stringify(['letter', tenant, number, normalizeCode(code)]);

/** @param key of `joiningKey` */
export const letterDigest = ([key]: Keys, tenant: string, number: string, code: string): string =>
  hmac([key], textOf(tenant, number, code));

const IS_GOOD = `SELECT 1 FROM plan_person
  WHERE tenant = $1 AND number = $2 AND letter = ANY($3::text[]) AND letter_until > now()`;

/** @returns whether the code is the one on the last letter to this person. It is used up when the account is made. */
export async function isLetterCode(
  db: Queryable,
  keys: Keys,
  tenant: string,
  { number, code }: { number: string; code: string },
): Promise<boolean> {
  const digests = hmacs(keys, textOf(tenant, number, code));
  return (await db.query(IS_GOOD, [tenant, number, digests])).rows.length === 1;
}
