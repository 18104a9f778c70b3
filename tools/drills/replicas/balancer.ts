/** What a Service of Kubernetes does: each new connection goes to the next pod that is ready. */
import { createServer, connect, type Server, type Socket } from 'node:net';
import { once } from 'node:events';

export class Balancer {
  private readonly server: Server;
  private ready: number[] = [];
  private next = 0;
  private readonly open = new Set<Socket>();

  /** @param port where clients connect, on loopback */
  static async listen(port: number): Promise<Balancer> {
    const balancer = new Balancer();
    balancer.server.listen(port, '127.0.0.1');
    await once(balancer.server, 'listening');
    return balancer;
  }

  private constructor() {
    this.server = createServer((client) => this.pass(client));
  }

  /** @param port of a replica that is ready */
  add(port: number): void {
    this.ready.push(port);
  }

  /** New connections go to the others. Those that are open stay open, until one of their ends closes them. */
  remove(port: number): void {
    this.ready = this.ready.filter((each) => each !== port);
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.open) socket.destroy();
    await closed;
  }

  private pass(client: Socket): void {
    const port = this.ready[this.next++ % this.ready.length];
    if (port === undefined) {
      client.destroy();
      return;
    }
    const replica = connect(port, '127.0.0.1');
    for (const [one, other] of [
      [client, replica],
      [replica, client],
    ] as const) {
      this.open.add(one);
      one.pipe(other);
      one.once('error', () => other.destroy());
      one.once('close', () => {
        this.open.delete(one);
        other.destroy();
      });
    }
  }
}
