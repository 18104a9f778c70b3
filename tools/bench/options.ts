/** The arguments of `npm run bench`. */
import { parseArgs } from 'node:util';
import { resolve } from 'node:path';

const MEASUREMENTS = [
  'requests',
  'startup',
  'idle',
  'ingest',
  'audit',
  'trail',
  'trail-size',
  'growth',
  'authorization',
  'neighbour',
] as const;
export type Measurement = (typeof MEASUREMENTS)[number];

/** Another FHIR server that runs on this machine. */
export interface Peer {
  /** its FHIR base */
  base: string;
  /** its processes, and the Postgres of its data: the processor time of each and of its children counts */
  pids: number[];
}

export interface BenchOptions {
  measurement: Measurement;
  /** names of scenarios; empty: all */
  only: string[];
  /** number of members of each tenant */
  members: number;
  seed: number;
  /** number of events in the larger trail */
  events: number;
  /** number of resources in the larger store */
  resources: number;
  rounds: number;
  /** length of one round of one scenario */
  seconds: number;
  connections: number;
  /** whether the services call each other over TLS */
  serviceTls: boolean;
  /** another FHIR server, which is asked in the place of the limits */
  peer?: Peer;
  /** only tests that the bench runs; its figures mean nothing */
  quick: boolean;
  /** file for the results as JSON */
  out: string;
}

const FULL = { members: '200', rounds: '3', seconds: '6', events: '10000000', resources: '3000000' };
/**
 * Of measurements that need another number. More members only make the start of `authorization` longer. With fewer, `ingest`
 * would measure the start of the command, which takes almost two seconds of processor time with the packages of the guides.
 */
const MEMBERS: Partial<Record<Measurement, string>> = { authorization: '20', ingest: '900' };
const QUICK = { members: '8', rounds: '1', seconds: '1', events: '100000', resources: '12000' };

function whole(name: string, text: string): number {
  if (!/^[1-9]\d{0,7}$/.test(text)) throw new Error(`--${name}: a whole number, 1 or more`);
  return Number(text);
}

function peerOf(base: string | undefined, pids: string | undefined): { peer?: Peer } {
  if (base === undefined && pids === undefined) return {};
  if (base === undefined || !URL.canParse(base) || pids === undefined)
    throw new Error(
      '--peer and --peer-pids: the FHIR base of a server, and its processes, separated by commas',
    );
  return { peer: { base, pids: pids.split(',').map((pid) => whole('peer-pids', pid)) } };
}

function measurementOf([given = 'requests']: string[]): Measurement {
  const measurement = MEASUREMENTS.find((name) => name === given);
  if (!measurement) throw new Error(`what to measure: one of ${MEASUREMENTS.join(', ')}`);
  return measurement;
}

/** @throws Error with one line about a wrong argument */
export function benchOptions(args: string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      'service-tls': { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      members: { type: 'string' },
      seed: { type: 'string', default: '1' },
      events: { type: 'string' },
      resources: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      connections: { type: 'string', default: '16' },
      out: { type: 'string' },
      peer: { type: 'string' },
      'peer-pids': { type: 'string' },
    },
  });
  const measurement = measurementOf(positionals);
  const members = MEMBERS[measurement] ?? FULL.members;
  const preset = values.quick ? QUICK : { ...FULL, members };
  return {
    measurement,
    only: values.only.split(',').filter(Boolean),
    members: whole('members', values.members ?? preset.members),
    seed: whole('seed', values.seed),
    events: whole('events', values.events ?? preset.events),
    resources: whole('resources', values.resources ?? preset.resources),
    rounds: whole('rounds', values.rounds ?? preset.rounds),
    seconds: whole('seconds', values.seconds ?? preset.seconds),
    connections: whole('connections', values.connections),
    ...peerOf(values.peer, values['peer-pids']),
    quick: values.quick,
    serviceTls: values['service-tls'],
    out: resolve(values.out ?? `.local/bench-${measurement}.json`),
  };
}
