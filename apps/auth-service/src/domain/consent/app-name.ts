/** How an app's own words are shown: never as it likes (security cases O14, O15). */

const MAX_NAME_CHARACTERS = 80;
const NAMELESS = 'An app without a name';

/**
 * NFKC, in one line, without control, format (bidi, zero-width), blank or unassigned characters; '' when nothing is
 * left.
 */
export function plainText(text: string, maxCharacters = Infinity): string {
  const seen = text
    .normalize('NFKC')
    .replace(/\s/gu, ' ')
    .replace(/[\p{C}\p{Default_Ignorable_Code_Point}\u2800]/gu, '');
  return [...seen.replace(/ +/g, ' ').trim()].slice(0, maxCharacters).join('').trim();
}

/** The name an app gave itself, as it is shown and recorded. */
export function appDisplayName(name: string | undefined): string {
  return plainText(name ?? '', MAX_NAME_CHARACTERS) || NAMELESS;
}

/** Whether the plan vouches for the app: `npm run admin -- client verify`. */
export function isVerified(client: Readonly<Record<string, unknown>>): boolean {
  return client['verified'] === true;
}

/** @returns the host that the member is sent back to, or undefined for an app on the member's own device */
export function returnHost(redirectUri: string): string | undefined {
  const url = new URL(redirectUri);
  const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  return /^https?:$/.test(url.protocol) && !loopback ? url.host : undefined;
}
