/**
 * The style that a plan gives to apps which are launched from its portal (SMART App Launch, "SMART style"; checklist
 * item 52).
 */
import { createHash } from 'node:crypto';
import type { SmartStyle } from '../tenant/style-settings.ts';
import { stylePath } from '../urls.ts';

const HASH_CHARACTERS = 16;

/** The part of a plan on which its look depends. */
interface Styled {
  settings: { style: SmartStyle };
}

/** @returns the document, and a name that changes with its content */
export function styleDocument({ settings }: Styled): { name: string; json: string } {
  const json = JSON.stringify(settings.style);
  const hash = createHash('sha256').update(json).digest('hex').slice(0, HASH_CHARACTERS);
  return { name: `${hash}.json`, json };
}

/** `smart_style_url`, which changes with the document. */
export function styleUrl(tenant: Styled & { id: string; issuer: string }): string {
  return new URL(stylePath(tenant.id, styleDocument(tenant).name), tenant.issuer).href;
}
