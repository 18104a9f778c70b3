/**
 * Who is called, and how soon: a real Prometheus with k8s/alerts.yaml watches a system that runs. claims-service, auth-service
 * and Postgres are killed one after the other, and each has to page within two minutes.
 */
import { join } from 'node:path';
import { endProcess, waitUntil } from '@patient-access/testing';
import { SERVICE_NAMES, type ServiceName } from '@patient-access/topology';
import type { Drill } from '../drill.ts';
import { DrilledSystem } from '../drilled-system.ts';
import type { DrillOptions } from '../options.ts';
import { postgresPrograms } from '../postgres-tools.ts';
import { Prometheus } from './prometheus.ts';

const RULES = join(import.meta.dirname, '../../../k8s/alerts.yaml');
const CALLED_MS = 120_000;
/** The time in which everything is scraped once, or scraped again after a fault. */
const WELL_MS = 180_000;

/** Who is killed, and which page has to come of it. Postgres is one server for all databases here. */
const FAULTS: readonly [ServiceName | 'postgres', string][] = [
  ['claims-service', 'ClaimsServiceSaysNothing'],
  ['auth-service', 'AuthServiceSaysNothing'],
  ['postgres', 'NoReplicaIsReady'],
];

async function killAndWait(
  drill: Drill,
  system: DrilledSystem,
  prometheus: Prometheus,
  [part, alert]: (typeof FAULTS)[number],
): Promise<void> {
  await endProcess(system.processOf(part), 'SIGKILL');
  const killedAt = Date.now();
  const isCalled = async () => (await prometheus.firing()).includes(alert);
  const called = await waitUntil(isCalled, { withinMs: CALLED_MS }).catch(() => false);
  const seconds = Math.round((Date.now() - killedAt) / 1_000);
  const others = (await prometheus.firing()).filter((name) => name !== alert);
  drill.expect(
    called,
    `${part} killed: ${alert} pages after ${seconds} s; besides: ${others.join(', ') || 'nothing'}`,
  );
  await system.startAgain(part);
  await waitUntil(async () => !(await isCalled()), {
    withinMs: WELL_MS,
    failure: () => `${alert} does not end`,
  });
  drill.say(`${part} runs again, and the page has ended`);
}

/** With `--short` one service is killed. @throws Error of the part that could not be started */
export async function alertsDrill(drill: Drill, { short }: DrillOptions): Promise<void> {
  const system = await DrilledSystem.start(postgresPrograms());
  drill.say('everything runs');
  let prometheus: Prometheus | undefined;
  try {
    const targets = SERVICE_NAMES.map((service) => ({ service, port: system.metricsPort(service) }));
    const watching = (prometheus = await Prometheus.start(system.directory, RULES, targets));
    await waitUntil(async () => (await watching.count('patient_access_build_info')) === targets.length, {
      withinMs: WELL_MS,
      failure: () => 'Prometheus does not see every service',
    });
    const pages = FAULTS.map(([, alert]) => alert);
    const before = (await watching.firing()).filter((name) => pages.includes(name));
    drill.expect(before.length === 0, 'Prometheus sees every service, and nobody is called', before);
    for (const fault of short ? FAULTS.slice(0, 1) : FAULTS)
      await killAndWait(drill, system, watching, fault);
  } finally {
    await prometheus?.stop();
    await system.stop();
  }
}
