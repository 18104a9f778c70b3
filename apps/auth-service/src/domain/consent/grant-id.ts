import { randomBytes } from 'node:crypto';

const GRANT_ID_BYTES = 24;

export const newGrantId = (): string => randomBytes(GRANT_ID_BYTES).toString('base64url');

/** What a grant id looks like, in the path of a page. */
export const GRANT_ID = /^[\w-]{32}$/;
