/** Addresses of files that an import fetches, as a person or a program writes them. */

/** An address that is not fetched. The message does not quote the query, because a presigned one opens the file. */
export class WrongAddress extends Error {
  override name = 'WrongAddress';
}

export interface Address {
  url: URL;
  /** without the query, for messages and for the reject file */
  name: string;
  /** what the file has to be, in hexadecimal */
  sha256?: string;
}

const LOOPBACK = ['127.0.0.1', '[::1]', 'localhost'];

export const isAddress = (text: string): boolean => /^https?:\/\//i.test(text);

/** @returns the address without what opens it */
const nameOf = ({ origin, pathname }: URL): string => `${origin}${pathname}`;

/** @throws WrongAddress for plain HTTP, but to this machine: what is fetched is members' data */
export function requireTls(url: URL): void {
  if (url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.includes(url.hostname))) return;
  throw new WrongAddress(`${nameOf(url)}: only https`);
}

/**
 * @param text with `#sha256={hex}` at its end where the digest is known; a fragment is not sent
 * @throws WrongAddress with one line
 */
export function parseAddress(text: string): Address {
  const url = URL.parse(text);
  if (!url) throw new WrongAddress('an address that is no URL');
  requireTls(url);
  const name = nameOf(url);
  const { hash } = url;
  url.hash = '';
  if (hash === '') return { url, name };
  const [, sha256] = /^#sha256=([0-9a-f]{64})$/.exec(hash.toLowerCase()) ?? [];
  if (sha256 === undefined) throw new WrongAddress(`${name}: after # only sha256= and 64 digits`);
  return { url, name, sha256 };
}
