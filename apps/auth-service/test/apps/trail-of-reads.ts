/** A server in place of audit-service that says what one app asked for last, and takes no events. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pathTo, SCORECARD_PATH } from '@patient-access/internal-api';
import { type LastReadsOfApp, scorecardWith } from '../scorecards.ts';

export class TrailOfReads {
  isAway = false;
  /** how often it was asked what apps read last */
  asked = 0;
  client = '';
  lastReads: LastReadsOfApp = [];
  private readonly server: Server;

  constructor() {
    this.server = createServer(({ url = '' }, response) => {
      const { pathname } = new URL(url, 'http://audit');
      if (pathname === pathTo(SCORECARD_PATH, { tenant: 'northwind' })) {
        this.asked += 1;
        const card = scorecardWith(this.client, this.lastReads, new Date().toISOString());
        response.writeHead(this.isAway ? 503 : 200).end(JSON.stringify(card));
      } else if (pathname.startsWith('/internal/database-marks')) {
        response.end(JSON.stringify({ highest: 0 }));
      } else response.writeHead(503).end();
    });
  }

  async start(): Promise<string> {
    await once(this.server.listen(0, '127.0.0.1'), 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.close();
  }
}
