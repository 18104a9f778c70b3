import { partsWithin } from '@patient-access/concurrency';
import { openKafka } from '@patient-access/kafka-client';
import type { KafkaConfig } from '@patient-access/kafka-client/config';

const TIMEOUT_MS = 5_000;

interface Fact {
  tenant: string;
  /** the member that the fact is about; tenant and member are the partition key */
  member: string;
  /** one line */
  text: string;
}

/** Sends facts that are not access events to the one service that owns them. A fact may arrive more than once. */
export interface FactPublisher {
  /**
   * Resolves when the brokers (over HTTP: the owner) have all facts. When it rejects, the caller sends all of them
   * again.
   */
  publish(facts: readonly Fact[]): Promise<void>;
  close(): Promise<void>;
}

interface Destination {
  topic: string;
  /** where the facts are posted when there are no brokers; undefined: not configured */
  url: URL | undefined;
  /** the most that one POST may hold */
  maxBytes: number;
}

/** @returns the bodies of the POSTs that take all facts, in order; a fact that is larger than one POST has its own */
const bodiesOf = (facts: readonly Fact[], maxBytes: number): string[] =>
  partsWithin(facts, ({ text }) => Buffer.byteLength(text) + 1, maxBytes).map((part) =>
    part.map(({ text }) => text).join('\n'),
  );

async function post(url: URL, body: string): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${url.pathname} answered ${response.status}`);
}

function httpFactPublisher(url: URL, maxBytes: number): FactPublisher {
  return {
    async publish(facts) {
      for (const body of bodiesOf(facts, maxBytes)) await post(url, body);
    },
    close: () => Promise.resolve(),
  };
}

/** @throws Error when neither brokers nor a URL are configured */
export function openFactPublisher(
  config: KafkaConfig,
  { topic, url, maxBytes }: Destination,
  clientId: string,
): FactPublisher {
  const kafka = openKafka(config, clientId);
  if (kafka) {
    const { send, close } = kafka.sender(topic);
    const keyOf = ({ tenant, member }: Fact) => `${tenant}/${member}`;
    return {
      publish: (facts) => send(facts.map((fact) => ({ key: keyOf(fact), value: fact.text }))),
      close,
    };
  }
  if (!url)
    throw new Error(`${topic}: set KAFKA_BROKERS, or the URL of the service that receives it over HTTP`);
  return httpFactPublisher(url, maxBytes);
}
