/** Statements that operators sign with a key that no service has, as compact JWS. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { CompactSign, compactVerify, decodeProtectedHeader } from 'jose';
import { z } from 'zod';
import { type CheckpointKeys, publicKeysIn, thumbprint } from '../checkpoints/checkpoint.ts';

const ALGORITHM = 'ES256';
const isOnP256 = ({ asymmetricKeyDetails: of }: KeyObject) => of?.namedCurve === 'prime256v1';

/**
 * A setting with public keys: looked at, and left as the text that it is. It is needed only when there is a statement, and a
 * wrong one would stop every verification then.
 */
export const PublicKeysSetting = z.string().refine((pem) => {
  try {
    return publicKeysIn(pem).every(isOnP256);
  } catch {
    return false;
  }
}, 'not public keys on P-256 in PEM');

/** A setting with the private key of the checkpoints: looked at, and left as the text that it is. */
export const PrivateKeySetting = z.string().refine((pem) => {
  try {
    return isOnP256(createPrivateKey(pem));
  } catch {
    return false;
  }
}, 'not a private key on P-256 in PEM');

/** A kind of statement. Its `typ` keeps another signed text from being taken for one (RFC 8725 section 3.11). */
interface StatementKind<Payload> {
  typ: string;
  /** of all its members */
  payload: z.ZodType<Payload>;
  /** Those that stand in the protected header, as `today` of a checkpoint does: the release before passes over them. */
  inHeader?: readonly string[];
}

/** A statement that was signed. */
export type SignedByOperators<Payload> = Payload & {
  /** the compact JWS that signs all the other members */
  jws: string;
};

async function sign<Payload extends { signed: string }>(
  { typ, payload: schema, inHeader = [] }: StatementKind<Payload>,
  pem: string,
  statement: Omit<Payload, 'signed'>,
): Promise<SignedByOperators<Payload>> {
  const key = createPrivateKey(pem);
  if (!isOnP256(key)) throw new Error('--restore-key: not an EC key on P-256');
  const said = schema.parse({ ...statement, signed: new Date().toISOString() });
  const members = Object.entries(said);
  const payload = Object.fromEntries(members.filter(([name]) => !inHeader.includes(name)));
  const header = Object.fromEntries(members.filter(([name]) => inHeader.includes(name)));
  const kid = await thumbprint(createPublicKey(key));
  const jws = await new CompactSign(Buffer.from(JSON.stringify(payload)))
    .setProtectedHeader({ ...header, alg: ALGORITHM, typ, kid })
    .sign(key);
  return { ...said, jws };
}

async function open<Payload>(
  { typ, payload: schema, inHeader = [] }: StatementKind<Payload>,
  jws: string,
  keys: CheckpointKeys,
): Promise<SignedByOperators<Payload> | undefined> {
  try {
    const key = keys.get(decodeProtectedHeader(jws).kid ?? '');
    if (!key) return undefined;
    const { payload, protectedHeader } = await compactVerify(jws, key, { algorithms: [ALGORITHM] });
    if (protectedHeader.typ !== typ) return undefined;
    const header = Object.entries(protectedHeader).filter(([name]) => inHeader.includes(name));
    const members = JSON.parse(Buffer.from(payload).toString()) as object;
    return { ...schema.parse({ ...members, ...Object.fromEntries(header) }), jws };
  } catch {
    return undefined;
  }
}

/** @returns how statements of a kind are signed, and how those that were signed are read */
export const operatorsStatements = <Payload extends { signed: string }>(kind: StatementKind<Payload>) => ({
  /** @param pem private key of the operators on the curve P-256, PKCS #8 @throws Error when it is not such a key */
  sign: (pem: string, statement: Omit<Payload, 'signed'>) => sign(kind, pem, statement),
  /** @returns undefined when none of the keys signed it, or when it is no such statement */
  open: (line: string, keys: CheckpointKeys) => open(kind, line.trim(), keys),
});
