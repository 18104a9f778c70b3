/** Debian's Prometheus, with the rules of this product, before a system that runs here. */
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endProcess, freePort } from '@patient-access/testing';

/** As the PodMonitor of k8s/components/monitoring asks, and as Prometheus evaluates rules that name no other interval. */
const SCRAPE = '15s';

/** Where a service shows its metrics. */
interface Target {
  service: string;
  port: number;
}

/** @returns the configuration; JSON is YAML, too */
const configuration = (rules: string, targets: readonly Target[]) => ({
  global: { scrape_interval: SCRAPE, scrape_timeout: '10s' },
  rule_files: [rules],
  scrape_configs: [
    {
      job_name: 'patient-access',
      static_configs: targets.map(({ service, port }) => ({
        targets: [`127.0.0.1:${port}`],
        labels: { namespace: 'drill', pod: `${service}-1` },
      })),
    },
  ],
});

export class Prometheus {
  private readonly child: ChildProcess;
  private readonly url: string;

  private constructor(child: ChildProcess, url: string) {
    this.child = child;
    this.url = url;
  }

  /**
   * @param directory for its configuration and data
   * @param rules path of the file with the rules
   */
  static async start(directory: string, rules: string, targets: readonly Target[]): Promise<Prometheus> {
    const file = join(directory, 'prometheus.json');
    writeFileSync(file, JSON.stringify(configuration(rules, targets)));
    const address = `127.0.0.1:${await freePort()}`;
    const child = spawn(
      'prometheus',
      [
        `--config.file=${file}`,
        `--storage.tsdb.path=${join(directory, 'prometheus')}`,
        `--web.listen-address=${address}`,
        '--log.level=error',
      ],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
    await new Promise((started, failed) => child.once('spawn', started).once('error', failed));
    return new Prometheus(child, `http://${address}`);
  }

  /** @returns how many series a query has now; 0 while it does not answer */
  async count(query: string): Promise<number> {
    const { result = [] } = await this.ask<{ result: unknown[] }>(
      `query?${new URLSearchParams({ query }).toString()}`,
    );
    return result.length;
  }

  /** @returns the names of the alerts that call somebody now */
  async firing(): Promise<string[]> {
    const { alerts = [] } = await this.ask<{ alerts: { state: string; labels: { alertname: string } }[] }>(
      'alerts',
    );
    return alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels.alertname);
  }

  stop = (): Promise<void> => endProcess(this.child);

  /** It answers with an error, or not at all, until it has read what it keeps. */
  private async ask<Data extends object>(path: string): Promise<Partial<Data>> {
    const answer = await fetch(`${this.url}/api/v1/${path}`).catch(() => undefined);
    if (!answer?.ok) return {};
    return ((await answer.json()) as { data: Data }).data;
  }
}
