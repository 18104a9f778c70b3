/** Who vouches for apps with software statements (RFC 7591 section 2.3): part of a plan's settings. */
import { z } from 'zod';
import { Jwks } from '../clients/key-set.ts';

const MAX_ISSUERS = 10;

/** Settings are JSON, and so is a key: each member of it is a text or a list of texts (RFC 7517). */
const KeySet = Jwks.transform(({ keys }) => ({ keys: keys as Record<string, string | string[]>[] }));

/** An app that brings a statement of one of these is verified at once, with what the statement says. */
export const StatementIssuers = z
  .array(z.strictObject({ issuer: z.url({ protocol: /^https$/ }), jwks: KeySet }))
  .max(MAX_ISSUERS)
  .default([]);
