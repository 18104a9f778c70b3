/** What the console shows of one AuditEvent besides the columns of its row. */
import type { ConsoleEvent } from './facts.ts';

interface Who {
  display?: string;
  reference?: string;
  identifier?: { value?: string };
}

interface AuditEvent {
  agent: { who?: Who; type?: { coding?: { code?: string }[] } }[];
  entity?: { query?: string; what?: { reference?: string; identifier?: { value?: string } } }[];
  extension?: {
    url: string;
    valueString?: string;
    extension?: { url: string; valueCode?: string; valueUnsignedInt?: number }[];
  }[];
}

const parsed = (body: string): AuditEvent => JSON.parse(body) as AuditEvent;

/** @returns the name of an app as one of its events has it, or its id */
export function appName(body: string, client: string | null): string {
  if (client === null) return '';
  const app = parsed(body).agent.find(({ who }) => who?.identifier?.value === client);
  return app?.who?.display ?? client;
}

/** @returns who logged in: an auditor's login name, a member, a delegate, or an empty text */
export function personOf(body: string): string {
  const person = parsed(body).agent.find(({ type }) => type?.coding?.some(({ code }) => code === 'IRCP'));
  const { display, reference, identifier } = person?.who ?? {};
  return display ?? reference ?? identifier?.value ?? '';
}

/** @returns the number of disclosed resources, by type */
export function countsIn(body: string): Map<string, number> {
  const disclosed = (parsed(body).extension ?? []).filter(({ url }) => url.endsWith(':disclosed'));
  return new Map(
    disclosed.map(({ extension = [] }) => [
      extension.find(({ url }) => url === 'type')?.valueCode ?? '',
      extension.find(({ url }) => url === 'count')?.valueUnsignedInt ?? 0,
    ]),
  );
}

/** `Coverage 1, ExplanationOfBenefit 12` */
export const asText = (counts: ReadonlyMap<string, number>): string =>
  [...counts]
    .map(([type, count]) => `${type} ${count}`)
    .sort()
    .join(', ');

export const countsOf = (body: string): string => asText(countsIn(body));

/** @returns the request, or the resource that was read */
export function requestOf(body: string): string {
  const { entity = [] } = parsed(body);
  const query = entity.find(({ query: text }) => text !== undefined)?.query;
  if (query !== undefined) return Buffer.from(query, 'base64').toString();
  return entity.find(({ what }) => /\/_history\//.test(what?.reference ?? ''))?.what?.reference ?? '';
}

/** @returns the request id, which is an extension where a profile allows no further entity (audit-event.ts) */
export function requestIdOf(body: string): string {
  const { entity = [], extension = [] } = parsed(body);
  const extended = extension.find(({ url }) => url.endsWith(':request-id'))?.valueString;
  return extended ?? entity[0]?.what?.identifier?.value ?? '';
}

const OUTCOMES: Record<string, string> = { '0': 'given', '4': 'refused', '8': 'refused', '12': 'failed' };

export const outcomeOf = ({ outcome, kind }: Pick<ConsoleEvent, 'outcome' | 'kind'>): string =>
  outcome === '0' && kind !== 'rest' ? 'done' : (OUTCOMES[outcome] ?? outcome);
