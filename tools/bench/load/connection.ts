/**
 * One HTTP/1.1 connection for a load generator, with one request at a time. An HTTP client takes four times the processor
 * time, on a machine whose processors the server needs too. So it knows only answers that say their length.
 */
import { connect, type Socket } from 'node:net';

const HEAD_END = Buffer.from('\r\n\r\n');
const STATUS = /^HTTP\/1\.1 (\d{3}) /;
const LENGTH = /\r\ncontent-length: *(\d+)\r\n/i;

/** @param status 0 when the connection broke, or the answer does not say its length */
export type OnAnswer = (status: number, bytes: number) => void;

/** The bytes of a GET request. */
export function requestBytes({ host }: URL, path: string, headers: Record<string, string>): Buffer {
  const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1');
}

export class Connection {
  private socket: Socket | undefined;
  private onAnswer: OnAnswer | undefined;
  private head: Buffer = Buffer.alloc(0);
  private status = 0;
  /** of the answer that is being read: bytes so far and in all; 0 in all: its head is not complete */
  private read = 0;
  private size = 0;

  private readonly url: URL;

  constructor(url: URL) {
    this.url = url;
  }

  /** Sends a request. The answer to the one before has to be there. */
  send(request: Buffer, onAnswer: OnAnswer): void {
    this.onAnswer = onAnswer;
    this.socket ??= this.open();
    this.socket.write(request);
  }

  close(): void {
    this.socket?.destroy();
  }

  private open(): Socket {
    const { hostname, port } = this.url;
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    socket.on('data', (chunk) => this.take(chunk));
    socket.on('error', () => undefined); // 'close' follows
    socket.on('close', () => {
      this.socket = undefined;
      this.answer(0);
    });
    return socket;
  }

  private take(chunk: Buffer): void {
    this.read += chunk.length;
    if (this.size === 0 && !this.takeHead(chunk)) return;
    if (this.read >= this.size) this.answer(this.status);
  }

  /** @returns whether the head is complete */
  private takeHead(chunk: Buffer): boolean {
    this.head = this.head.length === 0 ? chunk : Buffer.concat([this.head, chunk]);
    const end = this.head.indexOf(HEAD_END);
    if (end < 0) return false;
    const head = this.head.toString('latin1', 0, end + HEAD_END.length);
    const length = LENGTH.exec(head)?.[1];
    if (length === undefined) {
      this.socket?.destroy();
      return false;
    }
    this.status = Number(STATUS.exec(head)?.[1] ?? 0);
    this.size = end + HEAD_END.length + Number(length);
    return true;
  }

  private answer(status: number): void {
    const [onAnswer, bytes] = [this.onAnswer, this.read];
    this.onAnswer = undefined;
    this.head = Buffer.alloc(0);
    this.status = this.read = this.size = 0;
    onAnswer?.(status, bytes);
  }
}
