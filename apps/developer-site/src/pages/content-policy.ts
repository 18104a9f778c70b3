import { createHash } from 'node:crypto';

/** Scripts in the page itself. The ones of files need no hash. */
const INLINE_SCRIPT = /<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g;

const hashOf = (script: string) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`;

/** For everything that is no page. */
export const NO_CONTENT_POLICY = "default-src 'none'; frame-ancestors 'none'";

/**
 * Of an app: scripts and styles are files of this origin, and nothing is inside a page.
 *
 * @param sources with whom its scripts talk
 * @param pictures where its pictures are from
 * @returns the value of Content-Security-Policy
 */
export const appPolicy = (sources: string, pictures: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src ${pictures}`,
    `connect-src ${sources}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

/**
 * The page loads only what this origin serves, runs only the scripts that the build wrote, sends no form, and cannot be
 * framed. Attributes of style are allowed, because the colors of code are attributes.
 *
 * @param html a whole page
 * @param documents scheme and host from which the page may read documents too
 * @returns the value of Content-Security-Policy
 */
export function contentPolicy(html: string, ...documents: string[]): string {
  const hashes = new Set([...html.matchAll(INLINE_SCRIPT)].map(([, script = '']) => hashOf(script)));
  return [
    "default-src 'none'",
    ["script-src 'self'", ...hashes].join(' '),
    "style-src 'self'",
    "style-src-attr 'unsafe-inline'",
    // Icons are data: addresses in the style sheet.
    "img-src 'self' data:",
    ["connect-src 'self'", ...documents].join(' '),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
