/** Events as services record them, as many as are wanted: the same number always makes the same event. */
import { hash } from 'node:crypto';
import type { AccessEvent } from '@patient-access/events';
import { BENCH_TENANT } from '../store.ts';

const CLIENTS = 40;
/** A member has about so many events. */
const EVENTS_OF_A_MEMBER = 100;
const GRANTS = 100_000;
/** An app that asked a few times, two years ago. */
export const GONE = 'client-gone';
const PERCENT = 100;

/** Members with more than that. */
export interface Known {
  /** a thousand events, whatever the size */
  ordinary: string;
  /** a tenth of all, up to a hundred thousand: an app that asked every ten minutes for two years */
  busy: string;
}

const hashOf = (kind: string, at: number): string => hash('md5', `${kind} ${at}`, 'hex');

function uuid(kind: string, at: number): string {
  const hex = hashOf(kind, at);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** @param at from 1 on @param events how many there will be */
export function madeMember(at: number, events: number, { ordinary, busy }: Known): string {
  if (at % Math.ceil(events / 1_000) === 0) return ordinary;
  if (at % Math.max(10, Math.ceil(events / 100_000)) === 1) return busy;
  // What happens recurs every hundred events, and is to happen to each member.
  return `m${(at * 7_919 + Math.floor(at / PERCENT)) % Math.ceil(events / EVENTS_OF_A_MEMBER)}`;
}

/** What was asked, and what came of it: of a hundred events 70 reads, 20 searches, 7 refusals, and what auth-service does. */
function happened(at: number, member: string): Partial<AccessEvent> {
  const kind = (at * 31) % PERCENT;
  const request = `GET Claim/${at % 1_000_000}`;
  if (kind < 70)
    return {
      action: 'read',
      request,
      type: 'Claim',
      resource: { reference: request.slice('GET '.length), version: '1' },
      counts: { Claim: 1 },
    };
  if (kind < 90)
    return {
      action: 'search-type',
      request: `GET Claim?patient=${member}&_count=50`,
      type: 'Claim',
      counts: { Claim: 50, ClaimResponse: 3 },
    };
  if (kind < 97)
    return {
      action: 'read',
      request,
      type: 'Claim',
      outcome: kind === 96 ? '8' : '4',
      reason: kind % 2 === 0 ? 'not-found' : 'scope-insufficient',
    };
  const service = 'auth-service';
  if (kind < 99) return { service, kind: 'token', action: 'refresh' };
  return { service, kind: 'consent', action: at % 3 === 0 ? 'revoke' : 'grant', by: 'member' };
}

/** The request of an event: by its id an auditor finds the event. */
const requestIdOf = (at: number): string => uuid('request', at);

/** @param at from 1 on @param events how many there will be */
export function madeEvent(at: number, events: number, known: Known, recorded: Date): AccessEvent {
  const member = madeMember(at, events, known);
  const client = at <= 5 ? GONE : `client-${at % CLIENTS}`;
  return {
    requestId: requestIdOf(at),
    service: 'claims-service',
    tenant: BENCH_TENANT,
    recorded: recorded.toISOString(),
    kind: 'rest',
    outcome: '0',
    member,
    client: { id: client },
    user: { iss: 'urn:plan', sub: `l-${member}` },
    grantId: `g-${at % GRANTS}`,
    released: [],
    address: `192.0.2.${at % 250}`,
    action: 'read',
    ...happened(at, member),
  };
}
