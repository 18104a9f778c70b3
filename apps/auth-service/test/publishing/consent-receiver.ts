/**
 * A server in place of coverage-service. It receives consent facts over HTTP, and refuses them while it is not
 * available. Whatever else coverage-service is asked for is not there.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ConsentFact, eventKeys, openFact, publicEventKey } from '@patient-access/events';
import { CONSENT_FACTS_PATH, MAX_CONSENT_FACTS_BYTES } from '@patient-access/internal-api';
import { waitUntil } from '@patient-access/testing';
import { EVENT_KEY } from '../event-key.ts';

const KEYS = eventKeys(JSON.stringify({ keys: [publicEventKey('auth-service', EVENT_KEY)] }));

export interface ConsentReceiver {
  url: string;
  /** all received facts, oldest first, including duplicates */
  facts: ConsentFact[];
  /** the server answers 503 if this is false */
  available: boolean;
  /** the server answers 503 to a body with a fact of one of these tenants */
  refuses: Set<string>;
  /** the server does not answer a body with a fact of one of these tenants, for as long as the client waits */
  hangs: Set<string>;
  /** how many clients wait for such an answer now */
  hanging: number;
  /** @returns the facts of a grant, when this many have arrived */
  of(grantId: string, count: number): Promise<ConsentFact[]>;
  /** @returns how a grant ended, when its end has arrived */
  ended(grantId: string): Promise<ConsentFact['ended']>;
  stop(): Promise<void>;
}

function read(line: string): ConsentFact {
  const parsed = openFact(KEYS, line, Date.now());
  if ('invalid' in parsed) throw new Error(parsed.invalid);
  return parsed.fact;
}

export async function startConsentReceiver(): Promise<ConsentReceiver> {
  const server = createServer((request, response) => {
    if (request.url !== CONSENT_FACTS_PATH) return void response.writeHead(404).end();
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      if (Buffer.byteLength(body) > MAX_CONSENT_FACTS_BYTES) return void response.writeHead(413).end();
      const facts = body.split('\n').map(read);
      if (facts.some(({ tenant }) => owner.hangs.has(tenant))) {
        owner.hanging += 1;
        response.on('close', () => (owner.hanging -= 1));
        return;
      }
      const isTaken = owner.available && !facts.some(({ tenant }) => owner.refuses.has(tenant));
      if (isTaken) owner.facts.push(...facts);
      response.writeHead(isTaken ? 204 : 503).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const owner: ConsentReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    facts: [],
    available: true,
    refuses: new Set(),
    hangs: new Set(),
    hanging: 0,
    of(grantId, count) {
      return waitUntil(() => {
        const found = owner.facts.filter((fact) => fact.grantId === grantId);
        return found.length >= count && found;
      });
    },
    ended: (grantId) =>
      waitUntil(() => owner.facts.find((fact) => fact.grantId === grantId && fact.ended)?.ended),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return owner;
}
