/** Who vouches for apps with software statements (RFC 7591 section 2.3): part of a plan's settings. */
import { z } from 'zod';
import { Jwks } from '../clients/key-set.ts';
import { jwksUriProblem } from '../clients/keys.ts';

const MAX_ISSUERS = 10;

/** Settings are JSON, and so is a key: each member of it is a text or a list of texts (RFC 7517). */
const KeySet = Jwks.transform(({ keys }) => ({ keys: keys as Record<string, string | string[]>[] }));

/** An address on loopback is good only where `loopbackKeySets` lets requests go there: the way out decides. */
const KeySetAddress = z.string().superRefine((uri, { addIssue }) => {
  const problem = jwksUriProblem(uri, true);
  if (problem) addIssue(problem);
});

const Issuer = z
  .strictObject({
    issuer: z.url({ protocol: /^https$/ }),
    jwks: KeySet.optional(),
    /** where the issuer publishes its keys, which may change there */
    jwks_uri: KeySetAddress.optional(),
  })
  .refine(({ jwks, jwks_uri }) => (jwks === undefined) !== (jwks_uri === undefined), {
    error: 'needs jwks or jwks_uri, and not both',
  });
export type StatementIssuer = z.infer<typeof Issuer>;

/** An app that brings a statement of one of these is verified at once, with what the statement says. */
export const StatementIssuers = z.array(Issuer).max(MAX_ISSUERS).default([]);
