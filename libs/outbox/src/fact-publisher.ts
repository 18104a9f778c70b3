import type { OutboxConfig } from './config.ts';
import { kafkaSender } from './kafka-publisher.ts';

const TIMEOUT_MS = 5_000;

interface Fact {
  tenant: string;
  /** the member it is about; with the tenant, the partition key */
  member: string;
  /** one line */
  text: string;
}

/** Where facts for one owner go, that are no access events: each may arrive more than once. */
export interface FactPublisher {
  /** Resolves when the brokers have all of them, or over HTTP when the owner has; else all are to be sent again. */
  publish(facts: readonly Fact[]): Promise<void>;
  close(): Promise<void>;
}

interface Destination {
  topic: string;
  /** who takes the same over HTTP, where there are no brokers; undefined: nobody was configured */
  url: URL | undefined;
}

function httpFactPublisher(url: URL): FactPublisher {
  return {
    async publish(facts) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson' },
        body: facts.map(({ text }) => text).join('\n'),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`${url.pathname} answered ${response.status}`);
    },
    close: () => Promise.resolve(),
  };
}

/** @throws Error when there are neither brokers nor a receiver */
export function openFactPublisher(
  { KAFKA_BROKERS: brokers }: OutboxConfig,
  { topic, url }: Destination,
  clientId: string,
): FactPublisher {
  if (brokers) {
    const { send, close } = kafkaSender(brokers, clientId, topic);
    const keyOf = ({ tenant, member }: Fact) => `${tenant}/${member}`;
    return {
      publish: (facts) => send(facts.map((fact) => ({ key: keyOf(fact), value: fact.text }))),
      close,
    };
  }
  if (!url) throw new Error(`${topic}: set KAFKA_BROKERS, or the URL of who takes it over HTTP`);
  return httpFactPublisher(url);
}
