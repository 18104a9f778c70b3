import { REPLICA_ID_HEADER } from '@patient-access/internal-api';
import { waitUntil } from '@patient-access/testing';
import { GATEWAY_BASIC, type World } from '../world.ts';

/** Reads the stream of revocations as the gateway does. @param replica the id of the gateway */
export async function listenToRevocations(world: World, replica?: string) {
  const ending = new AbortController();
  const response = await fetch(`${world.address}/internal/revocations`, {
    headers: { authorization: GATEWAY_BASIC, ...(replica !== undefined && { [REPLICA_ID_HEADER]: replica }) },
    signal: ending.signal,
  });
  let text = '';
  const reading = (async () => {
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk as Uint8Array).toString();
  })().catch(() => undefined);
  return {
    type: response.headers.get('content-type'),
    text: () => text,
    until: (pattern: RegExp) =>
      waitUntil(() => pattern.test(text), { failure: () => `${pattern} in ${text}` }),
    /** resolves when the service ends it, or the reader does */
    ended: reading,
    async end(): Promise<void> {
      ending.abort();
      await reading;
    },
  };
}
