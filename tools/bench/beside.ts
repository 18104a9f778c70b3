/** What the product is compared with in each round: the bare servers that show its limit. peer.ts has another FHIR server. */
import type { BenchInstallation } from './installation.ts';
import { startLimits } from './limits/limits.ts';
import type { Call } from './load/call.ts';
import { type Usage, usage } from './processes.ts';
import type { Population, Scenario } from './scenarios.ts';

export interface Beside {
  /** what the report calls it */
  name: string;
  /** whether it can be asked what the scenario asks */
  has(scenario: Scenario): boolean;
  /** the part of the members of whom it has data */
  among(people: Population): Population;
  asked(scenario: Scenario, people: Population): Promise<{ url: string; calls: Call[] }>;
  usage(): Usage;
  stop(): void;
}

const KINDS = [
  { database: 'claims', type: 'ExplanationOfBenefit' },
  { database: 'clinical', type: 'Observation' },
] as const;

/** Starts the bare servers. They read the data of the installation. */
export async function limitsBeside(installation: BenchInstallation): Promise<Beside> {
  const limits = await Promise.all(
    KINDS.map(({ database, type }) => startLimits(installation.database(database), database, type)),
  );
  return {
    name: 'limit',
    has: () => true,
    among: (people) => people,
    async asked(scenario, people) {
      const { url = '' } = limits.find(({ type }) => type === scenario.type) ?? {};
      return { url, calls: scenario.bare(people) };
    },
    usage: () => usage(limits.map(({ pid }) => pid)),
    stop() {
      for (const limit of limits) limit.stop();
    },
  };
}
