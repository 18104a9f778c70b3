/**
 * An HTTP client that sends exactly what it is given. It does not normalize paths, add headers or follow redirects.
 */
import { type IncomingHttpHeaders, request } from 'node:http';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  bytes: Buffer;
  text: string;
}

export interface RequestOptions {
  method?: string;
  headers?: Record<string, string | string[]>;
  body?: string | Buffer;
}

/**
 * @param base scheme, host and port
 * @param path sent unchanged
 * @throws Error when the connection breaks before the answer is complete
 */
export function ask(base: string, path: string, question: RequestOptions = {}): Promise<Answer> {
  const { hostname, port } = new URL(base);
  const { method = 'GET', headers, body } = question;
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const bytes = Buffer.concat(chunks);
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          bytes,
          text: bytes.toString(),
        });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
