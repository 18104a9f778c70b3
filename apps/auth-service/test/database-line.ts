/** A line to Postgres on which answers can be held up, and connections fall silent without being closed. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

const REMEMBERED = 10_000;

interface Connection {
  /** what the service sent last */
  said: string;
  /** what Postgres has answered and the service did not get yet; absent: it gets everything */
  held?: Buffer[];
  service: Socket;
  postgres: Socket;
}

/** Answers that are held up. */
export interface Held {
  /** Resolves when Postgres has given the answer, and the service does not know it. */
  answered: Promise<void>;
  release(): void;
}

export class DatabaseLine {
  private readonly server: Server;
  private readonly open = new Set<Connection>();
  private readonly silent = new Set<Connection>();
  private awaited?: { text: string; resolve(): void };
  private holds?: { question: string; answer: string; answered(): void };

  private constructor(to: URL) {
    this.server = createServer((service) => {
      const postgres = connect(Number(to.port), to.hostname);
      const connection: Connection = { said: '', service, postgres };
      this.open.add(connection);
      service.on('data', (bytes) => this.pass(connection, bytes));
      postgres.on('data', (bytes) => this.passBack(connection, bytes));
      for (const socket of [service, postgres])
        socket.on('error', () => undefined).once('close', () => this.close(connection));
    });
  }

  /** @param databaseUrl of the database that it leads to */
  static async lead(databaseUrl: string): Promise<{ line: DatabaseLine; url: string }> {
    const url = new URL(databaseUrl);
    const line = new DatabaseLine(new URL(databaseUrl));
    await once(line.server.listen(0, '127.0.0.1'), 'listening');
    url.port = String((line.server.address() as AddressInfo).port);
    return { line, url: String(url) };
  }

  /** Connections on which `text` was sent carry nothing any more, and nobody is told. */
  silence(text: string): void {
    for (const connection of this.open) if (connection.said.includes(text)) this.silent.add(connection);
  }

  /** Resolves when Postgres has said `text`, which `say` makes it say, and the service has had time to read it. */
  async carries(say: () => Promise<void>, text: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.awaited = { text, resolve };
    await say();
    await promise;
  }

  /** Holds the answers up on connections on which `question` is sent from now on. @param answer what one of them says */
  hold(question: string, answer: string): Held {
    const { promise: answered, resolve } = Promise.withResolvers<void>();
    this.holds = { question, answer, answered: resolve };
    const release = () => {
      this.holds = undefined;
      for (const connection of this.open) {
        for (const bytes of connection.held ?? []) connection.service.write(bytes);
        connection.held = undefined;
      }
    };
    return { answered, release };
  }

  stop(): void {
    this.server.close();
    for (const { service, postgres } of this.open) for (const socket of [service, postgres]) socket.destroy();
  }

  private pass(connection: Connection, bytes: Buffer): void {
    if (this.silent.has(connection)) return;
    const text = bytes.toString('latin1');
    connection.said = (connection.said + text).slice(-REMEMBERED);
    if (this.holds && text.includes(this.holds.question)) connection.held ??= [];
    connection.postgres.write(bytes);
  }

  private passBack(connection: Connection, bytes: Buffer): void {
    if (this.silent.has(connection)) return;
    if (this.awaited && bytes.includes(this.awaited.text)) setTimeout(this.awaited.resolve, 100);
    if (!connection.held) return void connection.service.write(bytes);
    connection.held.push(bytes);
    if (this.holds && bytes.includes(this.holds.answer)) this.holds.answered();
  }

  private close(connection: Connection): void {
    if (this.silent.has(connection)) return;
    this.open.delete(connection);
    connection.service.destroy();
    connection.postgres.destroy();
  }
}
