/**
 * Hands text messages over to the plan's own endpoint, which sends them. Each is a JWT that the plan's key signs, so the
 * endpoint knows with the published keys who sends it (docs/administration.md).
 */
import { jwtSigner } from '../domain/keys/sign-jwt.ts';
import type { SigningJwk } from '../domain/keys/signing-keys.ts';
import { MailRefused, type TextMessage, type TextTransport } from '../domain/mail/transport.ts';
import { createEgress } from './egress.ts';

const TYPE = 'text-message+jwt';
const GOOD_SECONDS = 300;
/** Answers after which the same message may be taken later. */
const PASSING = new Set([408, 425, 429]);

function signed({ issuer, url, id, to, text, language }: TextMessage, keys: readonly SigningJwk[]): string {
  const iat = Math.floor(Date.now() / 1000);
  const claims = { iss: issuer, aud: url, jti: id, iat, exp: iat + GOOD_SECONDS, to, text, language };
  return jwtSigner(issuer, keys, TYPE)(claims);
}

/** @param keysOf the keys of a plan, for each algorithm the signing one first */
export function openTextMessages(keysOf: (tenant: string) => Promise<SigningJwk[]>): TextTransport {
  return {
    async send(message) {
      const { url, tenant, loopback } = message;
      const egress = createEgress({ loopback, hosts: new Set([new URL(url).host]) });
      const body = signed(message, await keysOf(tenant));
      const { status } = await egress(url, {
        method: 'POST',
        headers: { 'content-type': 'application/jwt' },
        body,
      });
      if (status >= 200 && status < 300) return;
      const error = `the endpoint for text messages answers ${status}`;
      if (status >= 400 && status < 500 && !PASSING.has(status)) throw new MailRefused(error);
      throw new Error(error);
    },
  };
}
