/** What clients get at the public address: is it reached, and do its documents name it? */
import { type Obstacle, toChange, type CheckedService, unless } from './obstacle.ts';

const TIMEOUT_MS = 10_000;
const MOST_SKEW_MS = 5_000;
const BASE = '/payer/patient-access/v2';

async function fetchJson(url: string): Promise<{ body: Record<string, unknown>; date: number }> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  const body = (await response.json()) as Record<string, unknown>;
  return { body, date: Date.parse(response.headers.get('date') ?? '') };
}

const NAMED = ['issuer', 'authorization_endpoint', 'token_endpoint'] as const;

function documentFindings(url: string, metadata: Record<string, unknown>): Obstacle[] {
  const wrong = NAMED.filter((name) => !String(metadata[name]).startsWith(`${url}/`));
  const fix = 'PUBLIC_URL has to be what clients see, in all services';
  return wrong.map((name) => toChange('discovery', `${name} is ${String(metadata[name])}`, fix));
}

/** @param plan at which metadata and discovery are read */
export async function publicFindings(target: CheckedService, plan: string | undefined): Promise<Obstacle[]> {
  const { PUBLIC_URL: url } = target.given;
  if (target.service !== 'fhir-gateway' || url === undefined || plan === undefined) return [];
  const base = `${url}${BASE}/${plan}`;
  try {
    const { body: capabilities, date } = await fetchJson(`${base}/metadata`);
    const { body: smart } = await fetchJson(`${base}/.well-known/smart-configuration`);
    const there = (capabilities['implementation'] as { url?: string } | undefined)?.url;
    const skewMs = Math.abs(date - Date.now());
    return [
      ...unless(
        there === base,
        toChange('metadata', `implementation.url is ${String(there)}`, `it has to be ${base}`),
      ),
      ...documentFindings(url, smart),
      ...unless(!(skewMs > MOST_SKEW_MS), toChange('clocks', `of the public host: ${skewMs} ms`, 'run NTP')),
    ];
  } catch (error) {
    const fix = 'DNS, certificate, load balancer, ingress';
    return [toChange('public address', `${base} is not reached: ${(error as Error).message}`, fix)];
  }
}
