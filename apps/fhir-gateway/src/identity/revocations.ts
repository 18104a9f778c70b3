import type { Pool } from 'undici';
import { gatewayCredential } from './credential.ts';
import type { Introspection } from './introspection.ts';

/** auth-service sends a comment every two seconds; silence this long means that the stream is dead. */
const SILENCE_MS = 6_000;
const RECONNECT_MS = 500;

/**
 * Listens to auth-service's revocations and drops what was cached of them. While it does not listen it cannot know
 * what was revoked, so on every (re)connection the whole cache is dropped; meanwhile entries live five seconds.
 */
export class Revocations {
  private readonly auth: Pool;
  private readonly authorization: string;
  private readonly introspection: Introspection;
  private readonly stopping = new AbortController();
  private listening = false;

  constructor(auth: Pool, secret: string, introspection: Introspection) {
    this.auth = auth;
    this.authorization = gatewayCredential(secret);
    this.introspection = introspection;
  }

  /** @throws when revocations are not being heard: the gateway is then not ready */
  assertListening(): void {
    if (!this.listening) throw new Error('not listening to revocations');
  }

  async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await this.listen().catch(() => undefined);
      this.listening = false;
      if (!this.stopping.signal.aborted) await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
    }
  }

  stop(): void {
    this.stopping.abort();
  }

  private async listen(): Promise<void> {
    const { statusCode, body } = await this.auth.request({
      path: '/internal/revocations',
      method: 'GET',
      headers: { authorization: this.authorization, accept: 'text/event-stream' },
      bodyTimeout: SILENCE_MS,
      signal: this.stopping.signal,
    });
    if (statusCode !== 200) return body.dump();
    this.introspection.forget();
    this.listening = true;
    let rest = '';
    for await (const chunk of body.setEncoding('utf8')) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line.startsWith('data:')) this.introspection.forget(JSON.parse(line.slice('data:'.length)));
      }
    }
  }
}
