/**
 * Compares the network policies with the topology. Exactly the calls of the topology must be possible
 * (https://kubernetes.io/docs/concepts/services-networking/network-policies/).
 */
import {
  calledBy,
  CONTAINER_PORT,
  KAFKA_TLS_PORT,
  POSTGRES_PORT,
  SERVICE_NAMES,
  type ServiceName,
  SERVICES_WITH_DATABASE,
  TOPOLOGY,
  urlSetting,
} from '@patient-access/topology';
import { podOf } from './commands.ts';
import type { Manifest } from './render.ts';
import { podLabels, type Labels, type LabelSelector, selects } from './selector.ts';

interface Peer {
  podSelector?: LabelSelector;
  namespaceSelector?: LabelSelector;
  ipBlock?: object;
}

interface Rule {
  from?: Peer[];
  to?: Peer[];
  ports?: { port?: number | string }[];
}

interface PolicySpec {
  podSelector: LabelSelector;
  policyTypes: string[];
  ingress?: Rule[];
  egress?: Rule[];
}

/** The other end of a connection: a pod of ours, a pod of another namespace, or any other address. */
type Place = Labels | 'other namespace' | 'address';

const HTTPS_PORT = 443;
const DNS_PORT = 53;

function isPeer({ podSelector, namespaceSelector, ipBlock }: Peer, place: Place): boolean {
  if (place === 'address') return ipBlock !== undefined;
  if (place === 'other namespace') return namespaceSelector !== undefined;
  return namespaceSelector === undefined && podSelector !== undefined && selects(podSelector, place);
}

const opens = ({ ports }: Rule, port: number): boolean =>
  ports === undefined || ports.some((each) => each.port === port);

class Network {
  private readonly policies: PolicySpec[];
  private readonly pods: ReadonlyMap<ServiceName, Labels>;

  constructor(manifests: Manifest[]) {
    this.policies = manifests
      .filter(({ kind }) => kind === 'NetworkPolicy')
      .map(({ spec }) => spec as PolicySpec);
    this.pods = new Map(SERVICE_NAMES.map((service) => [service, podLabels(manifests, service)]));
  }

  /** @returns whether the policies allow a connection; a pod that no policy selects is open to all */
  private allows(direction: 'ingress' | 'egress', pod: Labels, place: Place, port: number): boolean {
    const type = direction === 'ingress' ? 'Ingress' : 'Egress';
    const own = this.policies.filter(
      ({ podSelector, policyTypes }) => policyTypes.includes(type) && selects(podSelector, pod),
    );
    const rules = own.flatMap((policy) => policy[direction] ?? []);
    const isAllowed = (rule: Rule) => {
      const peers = direction === 'ingress' ? rule.from : rule.to;
      return opens(rule, port) && (peers === undefined || peers.some((peer) => isPeer(peer, place)));
    };
    return own.length === 0 || rules.some(isAllowed);
  }

  private labelsOf = (service: ServiceName): Labels => this.pods.get(service) ?? {};

  /** @param from labels of the calling pod */
  canPodCall(from: Labels, to: ServiceName): boolean {
    const called = this.labelsOf(to);
    return (
      this.allows('egress', from, called, CONTAINER_PORT) &&
      this.allows('ingress', called, from, CONTAINER_PORT)
    );
  }

  /** @param from labels of the calling pod */
  canPodReach = (from: Labels, port: number) => this.allows('egress', from, 'address', port);
  canCall = (from: ServiceName, to: ServiceName) => this.canPodCall(this.labelsOf(from), to);
  canReach = (from: ServiceName, port: number) => this.canPodReach(this.labelsOf(from), port);
  isReachable = (service: ServiceName) =>
    this.allows('ingress', this.labelsOf(service), 'other namespace', CONTAINER_PORT);
}

function compared(what: string, possible: boolean, wanted: boolean, says = 'the topology says'): string[] {
  if (possible === wanted) return [];
  return [`network policies: ${what}: ${possible ? 'possible' : 'not possible'}, and ${says} otherwise`];
}

/** Settings of commands, and the service whose address each of them is. */
const ADDRESSES: ReadonlyMap<string, ServiceName> = new Map<string, ServiceName>([
  ...SERVICES_WITH_DATABASE.map((service): [string, ServiceName] => [urlSetting(service), service]),
  ['GATEWAY_URL', 'fhir-gateway'],
]);

/** The preflight has the settings of the services, and asks Postgres and Kafka alone. */
const CALLS_NOBODY = 'preflight';

/** They ask a plan's identity provider, and fetch files for an import. */
const CALLS_PUBLIC_ADDRESSES = /^auth-administration$|(^|-)fetch$/;

/** A command that has the address of a service calls it, and no other does. Public addresses are open to few of them. */
function commandCallProblems(network: Network, manifests: Manifest[]): string[] {
  const commands = manifests.filter(({ kind }) => kind === 'Job' || kind === 'CronJob');
  return commands.flatMap((command) => {
    const { metadata, spec } = podOf(command);
    const { name } = command.metadata;
    const settings = spec?.containers.flatMap(({ env = [] }) => env.map((each) => each.name)) ?? [];
    const labels = metadata?.labels ?? {};
    const who = `${command.kind}/${name} calls`;
    const toServices = [...ADDRESSES].flatMap(([setting, service]) => {
      const isWanted = name !== CALLS_NOBODY && settings.includes(setting);
      return compared(`${who} ${service}`, network.canPodCall(labels, service), isWanted, 'its settings say');
    });
    const isWanted = CALLS_PUBLIC_ADDRESSES.test(name);
    const isPossible = network.canPodReach(labels, HTTPS_PORT);
    return [...toServices, ...compared(`${who} public addresses`, isPossible, isWanted, 'this check says')];
  });
}

/** Networks differ in what they make of the name of a port: OVN-Kubernetes opens all, and that of AWS may open none. */
function namedPortProblems(manifests: Manifest[]): string[] {
  const policies = manifests.filter(({ kind }) => kind === 'NetworkPolicy');
  return policies.flatMap(({ metadata, spec }) => {
    const { ingress = [], egress = [] } = spec as PolicySpec;
    const ports = [...ingress, ...egress].flatMap((rule) => rule.ports ?? []);
    return ports
      .filter(({ port }) => typeof port === 'string')
      .map(({ port }) => `network policies: ${metadata.name}: ${port} is the name of a port, not its number`);
  });
}

/**
 * @returns one line for each connection that is possible but not in the topology, or in the topology but not possible, and for each
 *   port without a number
 */
export function networkProblems(manifests: Manifest[]): string[] {
  const network = new Network(manifests);
  const ofServices = SERVICE_NAMES.flatMap((from) => {
    const { settings, database, egress, ingress } = TOPOLOGY[from];
    const hasKafka = Object.values(settings).some(({ kind }) => kind === 'brokers');
    const callsAnybody = calledBy(from).size > 0 || database !== undefined || hasKafka || egress === true;
    return [
      ...SERVICE_NAMES.flatMap((to) =>
        compared(`${from} calls ${to}`, network.canCall(from, to), calledBy(from).has(to)),
      ),
      ...compared(`${from} reaches Postgres`, network.canReach(from, POSTGRES_PORT), database !== undefined),
      ...compared(`${from} reaches Kafka`, network.canReach(from, KAFKA_TLS_PORT), hasKafka),
      ...compared(`${from} calls public addresses`, network.canReach(from, HTTPS_PORT), egress === true),
      ...compared(`${from} asks for names`, network.canReach(from, DNS_PORT), callsAnybody),
      ...compared(`${from} is reached from outside`, network.isReachable(from), ingress === true),
    ];
  });
  return [...ofServices, ...commandCallProblems(network, manifests), ...namedPortProblems(manifests)];
}
