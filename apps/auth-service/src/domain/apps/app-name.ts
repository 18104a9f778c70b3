/** How texts that an app supplies are shown (security cases O14, O15). */
import { isLoopback } from '../clients/redirect-uri.ts';

const MAX_NAME_CHARACTERS = 80;
const NAMELESS = 'An app without a name';

/**
 * Normalizes a text: NFKC, one line, without control, format (bidi, zero-width), blank or unassigned characters. The
 * result may be empty.
 */
export function plainText(text: string, maxCharacters = Infinity): string {
  const seen = text
    .normalize('NFKC')
    .replace(/\s/gu, ' ')
    .replace(/[\p{C}\p{Default_Ignorable_Code_Point}\u2800]/gu, '');
  return [...seen.replace(/ +/g, ' ').trim()].slice(0, maxCharacters).join('').trim();
}

/** The app's name, as pages show it and events record it. */
export function appDisplayName(name: string | undefined): string {
  return plainText(name ?? '', MAX_NAME_CHARACTERS) || NAMELESS;
}

/** Whether the plan has verified the app: `npm run admin -- client verify`. */
export function isVerified(client: Readonly<Record<string, unknown>>): boolean {
  return client['verified'] === true;
}

/** @returns the host to which the member returns; undefined for an app on the member's own device */
export function returnHost(redirectUri: string): string | undefined {
  const url = new URL(redirectUri);
  return /^https?:$/.test(url.protocol) && !isLoopback(url) ? url.host : undefined;
}
