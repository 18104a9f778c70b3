/** The keys by which services are known to audit-service: each service has one of its own (rule D14, ADR 52). */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { z } from 'zod';

/** The one who may speak for a service. */
export interface EventSigner {
  /** of the recording service, `claims-service` */
  service: string;
  /** thumbprint of the public key (RFC 7638) */
  kid: string;
  /** @returns the Ed25519 signature, base64url */
  sign(statement: string): string;
}

/** A key of a service, by its thumbprint. */
interface EventKey {
  service: string;
  key: KeyObject;
  /** the instant from which it speaks no more, in milliseconds since the epoch; undefined: for ever */
  until: number | undefined;
}

/** Whose keys they are, by thumbprint. Several keys of one service are good at once, so that it can change its key. */
export type EventKeys = ReadonlyMap<string, EventKey>;

/**
 * A JWK Set (RFC 7517) of Ed25519 keys. What a `kid` says before its first slash is the service that the key speaks for. From
 * `exp` on (in seconds since the epoch, as in OpenID Federation 1.0 section 8.7) a key speaks no more.
 */
const PublicKeys = z.object({
  keys: z
    .array(
      z.object({
        kty: z.literal('OKP'),
        crv: z.literal('Ed25519'),
        x: z.string(),
        kid: z.string().regex(/^[a-z0-9-]{1,64}\/./),
        exp: z.number().int().positive().optional(),
      }),
    )
    .min(1),
});

const thumbprint = (key: KeyObject): string => {
  const { crv, kty, x } = key.export({ format: 'jwk' });
  return createHash('sha256').update(JSON.stringify({ crv, kty, x })).digest('base64url');
};

/**
 * @param service that the key speaks for
 * @param pem private key on the curve Ed25519, PKCS #8
 * @throws Error when it is none
 */
export function eventSigner(service: string, pem: string): EventSigner {
  const privateKey = createPrivateKey(pem);
  if (privateKey.asymmetricKeyType !== 'ed25519') throw new Error('EVENT_KEY: not an Ed25519 key');
  return {
    service,
    kid: thumbprint(createPublicKey(privateKey)),
    sign: (statement) => sign(null, Buffer.from(statement), privateKey).toString('base64url'),
  };
}

/** @param jwks JSON of a JWK Set @throws Error when it is none, or says of a key not whose it is */
export function eventKeys(jwks: string): EventKeys {
  const { keys } = PublicKeys.parse(JSON.parse(jwks));
  return new Map(
    keys.map(({ kid, exp, ...jwk }) => {
      const key = createPublicKey({ key: jwk, format: 'jwk' });
      return [thumbprint(key), { service: kid.slice(0, kid.indexOf('/')), key, until: exp && exp * 1000 }];
    }),
  );
}

/** A service's setting with its private key: checked, and left as the text that it is. */
export const EventKeySetting = z.string().refine((pem) => {
  try {
    return eventSigner('', pem).kid !== '';
  } catch {
    return false;
  }
}, 'not a private key on Ed25519 in PEM');

/** A setting with the public keys of all services. */
export const EventPublicKeysSetting = z.string().transform((jwks, context) => {
  try {
    return eventKeys(jwks);
  } catch {
    context.addIssue({ code: 'custom', message: 'not a JWK Set of Ed25519 keys that names their services' });
    return z.NEVER;
  }
});

/** @returns the public half as a member of that JWK Set, with the name of its service */
export function publicEventKey(service: string, pem: string): Record<string, unknown> {
  const key = createPublicKey(createPrivateKey(pem));
  return { ...key.export({ format: 'jwk' }), kid: `${service}/${thumbprint(key).slice(0, 8)}` };
}

/** @returns the key, if it is the service's and still spoke `at` that time, in milliseconds since the epoch */
export function speaksNow(keys: EventKeys, service: string, kid: string, at: number): KeyObject | undefined {
  const known = keys.get(kid);
  return known?.service === service && at < (known.until ?? Infinity) ? known.key : undefined;
}

/**
 * @param at when it was taken in, in milliseconds since the epoch
 * @returns whether the service signed it, with a key that still spoke then
 */
export function isSignedBy(
  keys: EventKeys,
  service: string,
  { kid, signature, statement }: { kid: string; signature: string; statement: string },
  at: number,
): boolean {
  const key = speaksNow(keys, service, kid, at);
  return key !== undefined && verify(null, Buffer.from(statement), key, Buffer.from(signature, 'base64url'));
}
