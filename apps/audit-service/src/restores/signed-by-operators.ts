/** Statements that operators sign with a key that no service has, as compact JWS. */
import { createPrivateKey } from 'node:crypto';
import { z } from 'zod';
import { type CheckpointKeys, publicKeysIn } from '../checkpoints/checkpoint.ts';
import { isOnP256, openStatement, privateKeyIn, signStatement } from '../checkpoints/signed.ts';

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

/** A kind of statement. */
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
  const key = privateKeyIn(pem, '--restore-key');
  const said = schema.parse({ ...statement, signed: new Date().toISOString() });
  const members = Object.entries(said);
  const payload = Object.fromEntries(members.filter(([name]) => !inHeader.includes(name)));
  const header = Object.fromEntries(members.filter(([name]) => inHeader.includes(name)));
  return { ...said, jws: await signStatement(typ, key, payload, header) };
}

const open = <Payload>(
  { typ, payload: schema, inHeader = [] }: StatementKind<Payload>,
  jws: string,
  keys: CheckpointKeys,
): Promise<SignedByOperators<Payload> | undefined> =>
  openStatement(typ, jws, keys, (payload, header) => {
    const more = Object.entries(header).filter(([name]) => inHeader.includes(name));
    return { ...schema.parse({ ...(payload as object), ...Object.fromEntries(more) }), jws };
  });

/** @returns how statements of a kind are signed, and how those that were signed are read */
export const operatorsStatements = <Payload extends { signed: string }>(kind: StatementKind<Payload>) => ({
  /** @param pem private key of the operators on the curve P-256, PKCS #8 @throws Error when it is not such a key */
  sign: (pem: string, statement: Omit<Payload, 'signed'>) => sign(kind, pem, statement),
  /** @returns undefined when none of the keys signed it, or when it is no such statement */
  open: (line: string, keys: CheckpointKeys) => open(kind, line.trim(), keys),
});
