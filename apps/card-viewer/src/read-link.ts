/** Reads the link that stands behind `#` in the address of this page (SMART Health Links 1.0.0). */

export interface LinkToCard {
  /** where the file or its manifest is */
  url: string;
  /** base64url, 32 bytes; no server is ever told it */
  key: string;
  /** flag `P`: the member has chosen a passcode. Without it, the address gives the file (flag `U`) */
  hasPasscode: boolean;
}

const BEGINNING = '#shlink:/';
const PATH = /^\/auth\/[a-z0-9-]{1,63}\/card-link\/[\w-]{43}$/;
const KEY = /^[\w-]{43}$/;

export function decodedBytes(base64url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function parsed(base64url: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(new TextDecoder().decode(decodedBytes(base64url)))) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/**
 * @param fragment of the address, with `#`
 * @param api scheme and host of the API, the only one that is asked
 * @returns undefined when it is no link to a card of this API
 */
export function readLink(fragment: string, api: string): LinkToCard | undefined {
  if (!fragment.startsWith(BEGINNING)) return undefined;
  const { url, key, flag, v = 1 } = parsed(fragment.slice(BEGINNING.length));
  if (typeof url !== 'string' || typeof key !== 'string' || typeof flag !== 'string' || v !== 1)
    return undefined;
  const isFromHere = url.startsWith(`${api}/`) && PATH.test(url.slice(api.length));
  const hasPasscode = flag.includes('P');
  if (!isFromHere || !KEY.test(key) || hasPasscode === flag.includes('U')) return undefined;
  return { url, key, hasPasscode };
}
