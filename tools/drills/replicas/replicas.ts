/** Several replicas of one service behind a balancer, which are replaced one after the other as a Deployment does. */
import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { whenReady } from '@patient-access/preview/installation';
import { COMPILE_CACHE, endProcess, freePort } from '@patient-access/testing';
import { NODE_FLAGS, type ServiceName } from '@patient-access/topology';
import type { Balancer } from './balancer.ts';

/** A pod leaves the Service before it is asked to end: `preStop` in k8s/base, shorter because nothing else has to learn it. */
const LEAVE_MS = 1_000;

/** How often a process is started until it is ready. */
const STARTS = 3;

interface Replica {
  process: ChildProcess;
  port: number;
}

export class Replicas {
  private readonly service: ServiceName;
  private readonly balancer: Balancer;
  private readonly settings: Readonly<Record<string, string>>;
  private readonly logs: string;
  private replicas: Replica[] = [];

  /** @param settings of the service; its ports are replaced by free ones @param logs folder of the logs */
  constructor(
    service: ServiceName,
    balancer: Balancer,
    settings: Readonly<Record<string, string>>,
    logs: string,
  ) {
    this.service = service;
    this.balancer = balancer;
    this.settings = settings;
    this.logs = logs;
  }

  /**
   * Starts one replica more. One that ends before it is ready is started again, as a kubelet does.
   *
   * @param root folder of the build
   * @throws Error when it does not become ready
   */
  async add(root: string): Promise<void> {
    for (let starts = 1; ; starts += 1)
      try {
        return await this.start(root);
      } catch (error) {
        if (starts === STARTS) throw error;
        console.log(`         ${this.service} is started again: ${String(error)}`);
      }
  }

  private async start(root: string): Promise<void> {
    const port = await freePort();
    const ports: Record<string, string> = {};
    for (const name of Object.keys(this.settings).filter((each) => /^([A-Z_]+_)?PORT$/.test(each)))
      ports[name] = String(name === 'PORT' ? port : await freePort());
    const log = openSync(join(this.logs, `${this.service}.log`), 'a');
    const child = spawn(process.execPath, [...NODE_FLAGS, join(root, 'apps', this.service, 'dist/main.js')], {
      env: { NODE_ENV: 'production', ...COMPILE_CACHE, ...this.settings, ...ports },
      stdio: ['ignore', log, log],
    });
    // Whoever has no certificate asks at the port of the metrics.
    const probed = ports[this.settings['SERVICE_KEY_FILE'] === undefined ? 'PORT' : 'METRICS_PORT'];
    try {
      await whenReady(this.service, child, probed ?? '', this.logs);
    } catch (error) {
      await endProcess(child, 'SIGKILL');
      throw error;
    }
    this.replicas.push({ process: child, port });
    this.balancer.add(port);
  }

  /** Replaces each replica by one of another build: the new one is ready first. @returns ms that each end took */
  async replace(root: string): Promise<number[]> {
    const ends: number[] = [];
    for (const old of [...this.replicas]) {
      await this.add(root);
      ends.push(await this.end(old));
    }
    return ends;
  }

  async stop(): Promise<void> {
    await Promise.all(this.replicas.map((replica) => this.end(replica)));
    await this.balancer.stop();
  }

  /** @returns milliseconds from the signal to the end */
  private async end(replica: Replica): Promise<number> {
    this.balancer.remove(replica.port);
    await delay(LEAVE_MS);
    const askedAt = performance.now();
    await endProcess(replica.process);
    this.replicas = this.replicas.filter((each) => each !== replica);
    return performance.now() - askedAt;
  }
}
