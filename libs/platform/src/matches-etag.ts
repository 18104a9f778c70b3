const opaque = (etag: string): string => etag.trim().replace(/^W\//, '');

/**
 * Has the client this version already? Entity tags are compared weakly here (RFC 9110 section 13.1.2): a proxy that compresses an
 * answer weakens its tag.
 *
 * @param known `If-None-Match` of the request
 * @param etag of what would be sent
 */
export const matchesEtag = (known: string, etag: string): boolean =>
  known.split(',').some((one) => one.trim() === '*' || opaque(one) === opaque(etag));
