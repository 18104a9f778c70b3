/** A trail in which each of the saved questions finds something. */
import { randomUUID } from 'node:crypto';
import type { AccessEvent } from '@patient-access/events';
import type { Answer } from '@patient-access/testing';
import { accessEvent } from '../world.ts';
import { ofNobody } from '../auditor-search/auditors.ts';

export const PERIOD = 'from=2026-11-01&to=2026-11-30';
/** Half past two at night in New York. */
const NIGHT = '2026-11-17T07:30:00.000Z';
const HOSTILE = '=HYPERLINK("http://evil.example")<script>alert(1)</script>';

const consent = (action: string, recorded: string, grantId: string): AccessEvent =>
  accessEvent({
    kind: 'consent',
    action,
    recorded,
    grantId,
    service: 'auth-service',
    request: undefined,
    type: undefined,
    resource: undefined,
    counts: undefined,
    bodyHash: undefined,
    ...(action === 'revoke' && { by: 'member' as const, reason: 'member' }),
  });

const refused = (reason: string, recorded: string): AccessEvent =>
  accessEvent({
    outcome: '4',
    reason,
    recorded,
    resource: undefined,
    counts: undefined,
    bodyHash: undefined,
    client: { id: 'app-2', name: HOSTILE },
    member: 'ben',
    grantId: 'grant-2',
  });

/** A request with an access token of grant-1 after the member had ended it, or several of them that were counted. */
export const withEndedToken = (recorded: string, change: Partial<AccessEvent> = {}): AccessEvent =>
  accessEvent({
    ...{
      kind: 'attempt',
      action: 'refuse',
      outcome: '4',
      reason: 'token-ended',
      service: 'auth-service/gateway',
    },
    ...{ requestId: randomUUID(), recorded, grantId: 'grant-1', token: undefined, address: '192.0.2.7' },
    ...{ request: 'GET /v2/northwind/Coverage', type: undefined, resource: undefined, counts: undefined },
    bodyHash: undefined,
    ...change,
  });

/** A search whose answer broke off, and the record that says so. */
export function interruptedAnswer(recorded: string): AccessEvent[] {
  const requestId = randomUUID();
  const client = { id: 'app-1', name: 'Health Diary' };
  const search = {
    action: 'search-type',
    resource: undefined,
    type: 'Claim',
    request: 'GET Claim?_count=50',
  };
  return [
    accessEvent({ requestId, recorded, client, ...search, counts: { Claim: 50 } }),
    accessEvent({
      ...{ requestId, recorded, client, kind: 'attempt', action: 'interrupt', outcome: '4' },
      ...{ reason: 'client-left', service: 'auth-service/gateway', request: 'GET /*', type: undefined },
      ...{ resource: undefined, counts: undefined, bodyHash: undefined },
    }),
  ];
}

export function storyOf(): AccessEvent[] {
  const reads = Array.from({ length: 12 }, (_, at) =>
    accessEvent({
      requestId: randomUUID(),
      recorded: `2026-11-${String(at + 5).padStart(2, '0')}T15:00:00.000Z`,
    }),
  );
  const burst = Array.from({ length: 60 }, () =>
    accessEvent({
      requestId: randomUUID(),
      recorded: NIGHT,
      client: { id: 'app-3', name: 'Night Owl' },
      member: 'cora',
      grantId: 'grant-3',
      action: 'search-type',
      resource: undefined,
      request: 'GET Coverage?patient=cora',
      type: 'Coverage',
      counts: { Coverage: 2 },
    }),
  );
  return [
    consent('grant', '2026-11-04T15:00:00.000Z', 'grant-1'),
    ...reads,
    refused('scope-insufficient', '2026-11-10T15:00:00.000Z'),
    refused('scope-insufficient', '2026-11-11T15:00:00.000Z'),
    refused('not-found', '2026-11-12T15:00:00.000Z'),
    ...burst,
    ofNobody({ recorded: '2026-11-18T15:00:00.000Z', service: 'auth-service', client: undefined }),
    consent('revoke', '2026-11-20T15:00:00.000Z', 'grant-1'),
    accessEvent({ requestId: randomUUID(), recorded: '2026-11-20T15:00:01.000Z' }),
    accessEvent({ tenant: 'lakeside', recorded: '2026-11-12T15:00:00.000Z', member: 'elsewhere' }),
  ];
}

/** @returns what a page says, without its tags */
export const pageWords = ({ text }: Answer): string =>
  text
    .replace(/<head>.*<\/head>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
/** @returns the lines as a spreadsheet reads them, which takes the byte order mark away */
export const fileLines = ({ text }: Answer): string[] =>
  text
    .replace(/^\uFEFF/, '')
    .trimEnd()
    .split(/\r?\n/);
