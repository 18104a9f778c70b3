/**
 * The way back to an app that the plan has not checked: sealed into a page, for the browser that the page was shown to.
 */
import { z } from 'zod';
import { hmac, hmacs, type Keys, sameText, seal, unseal } from '../keys/secrets.ts';

const TICKET_SECONDS = 900;

const Ticket = z.object({
  clientId: z.string(),
  redirectUri: z.string(),
  mode: z.string(),
  /** `error`, `state`, … */
  parameters: z.array(z.tuple([z.string(), z.string()])),
  until: z.number(),
  browser: z.string(),
});
type Ticket = z.infer<typeof Ticket>;

/** Where a browser is sent, and for which app. */
export type WayBack = Omit<Ticket, 'until' | 'browser'>;

const contextOf = (tenant: string): string => `${tenant}/return`;
const now = (): number => Math.floor(Date.now() / 1000);

/** @param browser random value of a cookie that only this browser has */
export function sealWayBack(key: Keys, tenant: string, browser: string, way: WayBack): string {
  const ticket = { ...way, until: now() + TICKET_SECONDS, browser: hmac(key, browser) } satisfies Ticket;
  return seal(key, contextOf(tenant), JSON.stringify(ticket)).toString('base64url');
}

/** @returns undefined unless it was sealed here, for this tenant and browser, in the last 15 minutes */
export function openWayBack(key: Keys, tenant: string, browser: string, sealed: string): WayBack | undefined {
  try {
    const text = unseal(key, contextOf(tenant), Buffer.from(sealed, 'base64url'));
    const { until, browser: mine, ...way } = Ticket.parse(JSON.parse(text));
    const same = hmacs(key, browser).some((each) => sameText(mine, each));
    return until > now() && same ? way : undefined;
  } catch {
    return undefined;
  }
}

/** The address that the app's redirect would have had (RFC 6749 section 4.1.2.1). */
export function returnAddress({ redirectUri, mode, parameters }: WayBack): string {
  const url = new URL(redirectUri);
  if (mode === 'fragment') url.hash = new URLSearchParams(parameters).toString();
  else for (const [name, value] of parameters) url.searchParams.set(name, value);
  return url.href;
}
