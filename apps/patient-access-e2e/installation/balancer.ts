/** A load balancer that sends each request to the next backend, whatever connection it comes on. */
import { createServer, type IncomingMessage, request as send, type ServerResponse } from 'node:http';

export interface EvenBalancer {
  url: string;
  /** origins */
  backends: string[];
  /** how many requests each backend had, by origin */
  sent: Map<string, number>;
  stop(): Promise<void>;
}

/** @param port on which it listens */
export async function startBalancer(port: number, backends: string[] = []): Promise<EvenBalancer> {
  let turn = 0;
  const balancer = { url: `http://127.0.0.1:${port}`, backends, sent: new Map<string, number>() };
  const pass = (request: IncomingMessage, response: ServerResponse) => {
    const backend = balancer.backends[(turn += 1) % balancer.backends.length] ?? '';
    balancer.sent.set(backend, (balancer.sent.get(backend) ?? 0) + 1);
    const { method, url, headers } = request;
    const passed = send(new URL(url ?? '/', backend), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    passed.on('error', () => response.destroy());
    response.on('close', () => passed.destroy());
    request.pipe(passed);
  };
  const server = createServer(pass);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return Object.assign(balancer, {
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
