import { hash } from 'node:crypto';

const ID_LENGTH = 24;

/**
 * Types whose ids do not depend on the tenant, so that the tenants share ids on purpose: the same
 * `Patient/…` or `ExplanationOfBenefit/…` names another person's record in each tenant.
 */
const SHARED_ID_TYPES: ReadonlySet<string> = new Set(['Patient', 'ExplanationOfBenefit', 'Practitioner']);

/** Logical id: opaque to the reader, the same at every run, different for every type. */
export function logicalId(tenant: string, type: string, key: string): string {
  const owner = SHARED_ID_TYPES.has(type) ? '' : tenant;
  return hash('sha256', `${owner}/${type}/${key}`).slice(0, ID_LENGTH);
}

/** Id of one of several entries about the same: the first has the id by which others name it. */
export function entryId(tenant: string, type: string, id: string, index: number): string {
  return index === 0 ? id : logicalId(tenant, type, `${id}/${index}`);
}

/** A business number of `digits` decimal digits made from a text (claim numbers, member numbers). */
export function digitsOf(text: string, digits: number): string {
  const value = BigInt(`0x${hash('sha256', text).slice(0, 24)}`);
  return (value % 10n ** BigInt(digits)).toString().padStart(digits, '0');
}

/**
 * A National Provider Identifier with a right check digit (Luhn over the prefix 80840) that starts with 9:
 * real ones start with 1 or 2, so none of ours can be somebody's.
 */
export function syntheticNpi(text: string): string {
  const body = `9${digitsOf(`npi/${text}`, 8)}`;
  const PREFIX_80840_SUM = 24;
  let sum = PREFIX_80840_SUM;
  for (let i = 0; i < body.length; i += 1) {
    const digit = Number(body[i]);
    const doubled = i % 2 === 0 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return body + String((10 - (sum % 10)) % 10);
}
