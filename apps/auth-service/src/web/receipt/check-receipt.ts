/** Decides whether a receipt that somebody was shown is genuine, and what became of its consent. */
import { decodeJwt, importJWK, jwtVerify } from 'jose';
import type { Pool } from '@patient-access/database';
import { queryOn } from '../../domain/database.ts';
import { RECEIPT_ALGORITHM, type ReceiptKey, receiptKeys } from '../../domain/keys/receipt-keys.ts';
import type { Tenant } from '../../domain/tenant/tenant.ts';
import { type Agreement, findAgreement } from './agreements.ts';
import { isConfirmedBy, Receipt, RECEIPT_TYPE } from './consent-receipt.ts';

/** Why a receipt counts for nothing: a part of it is missing, another plan issued it, or its signature is not the plan's. */
export type NoReceipt = 'incomplete' | 'foreign' | 'changed';

export type CheckedReceipt =
  | { result: NoReceipt }
  | {
      /** `unconfirmed`: others may know its key, and the plan's record does not say the same */
      result: 'genuine' | 'unconfirmed';
      receipt: Receipt;
      /** the consent as the plan has it now; absent when it has no record of it */
      agreement?: Agreement;
    };

/**
 * Three parts that may be a JWS. An ES256 signature has 64 bytes, so what was pasted behind it does not matter. They are looked for
 * once in each run of letters: from each letter, a hostile text would take seconds (case F44).
 */
const THREE_PARTS = /(?<![\w-])(?=([\w-]+\.[\w-]+\.[\w-]{86}))/g;
/** Without its spaces, the text before may end where the header begins. */
const FROM_HEADER = /^[^.]*?(eyJ[^.].*)$/;

/** @returns the JWS in a text that was pasted: with line breaks, or with the text around it */
export function jwsIn(pasted: string): string | undefined {
  const found = pasted.replaceAll(/\s/g, '').matchAll(THREE_PARTS);
  return [...found].flatMap(([, parts = '']) => FROM_HEADER.exec(parts)?.[1] ?? [])[0];
}

function issuerOf(jws: string): string | undefined {
  try {
    return decodeJwt(jws).iss;
  } catch {
    return undefined;
  }
}

interface Verified {
  receipt: Receipt;
  key: ReceiptKey;
}

/** @returns undefined unless one of the keys signed it, as a receipt of this issuer */
async function verify(
  { issuer }: Tenant,
  keys: readonly ReceiptKey[],
  jws: string,
): Promise<Verified | undefined> {
  try {
    const { payload, protectedHeader } = await jwtVerify(
      jws,
      ({ kid }) => {
        const key = keys.find((each) => each.kid === kid);
        if (!key) throw new Error('no such key');
        return importJWK(key.publicJwk, RECEIPT_ALGORITHM);
      },
      { issuer, typ: RECEIPT_TYPE, algorithms: [RECEIPT_ALGORITHM] },
    );
    const key = keys.find(({ kid }) => kid === protectedHeader.kid);
    return key && { receipt: Receipt.parse(payload), key };
  } catch {
    return undefined;
  }
}

/** @param pasted at least the whole JWS */
export async function checkReceipt(pool: Pool, tenant: Tenant, pasted: string): Promise<CheckedReceipt> {
  const jws = jwsIn(pasted);
  if (jws === undefined) return { result: 'incomplete' };
  const issuer = issuerOf(jws);
  if (issuer !== undefined && issuer !== tenant.issuer) return { result: 'foreign' };
  const keys = await receiptKeys(queryOn(pool), tenant.id);
  const verified = await verify(tenant, keys, jws);
  if (!verified) return { result: 'changed' };
  const { receipt, key } = verified;
  const { piiPrincipalId, consentReceiptID } = receipt;
  const agreement = await findAgreement(pool, tenant.id, piiPrincipalId, consentReceiptID);
  const confirmed = agreement !== undefined && isConfirmedBy(tenant, receipt, agreement);
  return { result: key.replacedAt && !confirmed ? 'unconfirmed' : 'genuine', receipt, agreement };
}
