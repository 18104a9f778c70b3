/** Bytes on a socket, and what comes back: for what no HTTP client would send. */
import { connect } from 'node:net';

export interface WireAnswer {
  status: number;
  /** names in lower case */
  headers: Record<string, string>;
  body: string;
  /** from the first byte sent to the end of the connection */
  tookMs: number;
}

/**
 * @param pieces sent one after the other
 * @param options.everyMs time between two pieces
 * @returns the first answer, when the other side has closed or `forMs` are over
 */
export function sendBytes(
  url: string,
  pieces: readonly (string | Buffer)[],
  { everyMs = 0, forMs = 15_000 }: { everyMs?: number; forMs?: number } = {},
): Promise<WireAnswer> {
  const { port, hostname } = new URL(url);
  const start = performance.now();
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(Number(port), hostname);
    const left = [...pieces];
    const sendNext = () => {
      const piece = left.shift();
      if (piece === undefined || socket.destroyed) return;
      socket.write(piece, () => setTimeout(sendNext, everyMs));
    };
    socket.on('connect', sendNext);
    socket.on('data', (chunk) => (text += String(chunk)));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve({ ...parse(text), tookMs: performance.now() - start }));
    setTimeout(() => socket.destroy(), forMs).unref();
  });
}

function parse(text: string): Omit<WireAnswer, 'tookMs'> {
  const [head = '', body = ''] = text.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const headers = lines.map((line) => [
    line.slice(0, line.indexOf(':')).toLowerCase(),
    line.slice(line.indexOf(':') + 1).trim(),
  ]);
  return { status: Number(first.split(' ')[1]), headers: Object.fromEntries(headers) as never, body };
}
