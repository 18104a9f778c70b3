/**
 * Schemas of the kinds that operators bring: of each the fields that our objects have, with the values that its definition
 * allows, and no others. Written from the definitions of Gateway API 1, External Secrets 2, Strimzi 1, cert-manager 1,
 * Prometheus Operator 0.80, CloudNativePG 1.30 and its plugin Barman Cloud 0.16. A field that is used for the first time has to be looked up there, and written here.
 */
interface Schema {
  type?: string;
  enum?: readonly unknown[];
  pattern?: string;
  minimum?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: readonly string[];
  additionalProperties?: boolean | Schema;
}

const text: Schema = { type: 'string' };
const whole: Schema = { type: 'integer', minimum: 1 };
const yes: Schema = { type: 'boolean' };
const list = (items: Schema): Schema => ({ type: 'array', items });
const one = (...values: unknown[]): Schema => ({ enum: values });
/** @param required names of fields that have to be there; the others may be left out */
const fields = (properties: Record<string, Schema>, ...required: string[]): Schema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const named = fields({ name: text }, 'name');
const secretKey = fields({ name: text, key: text }, 'name', 'key');
const port: Schema = { type: 'integer', minimum: 1 };
const hostname: Schema = { type: 'string', pattern: '^(\\*\\.)?[a-z0-9]([-a-z0-9.]*[a-z0-9])?$' };
const amount: Schema = { type: 'string', pattern: '^[0-9]+([KMGT]i)?$' };

const listener = fields(
  {
    name: text,
    hostname,
    port,
    protocol: one('HTTP', 'HTTPS', 'TLS', 'TCP', 'UDP'),
    tls: fields({ certificateRefs: list(named) }),
  },
  ...['name', 'port', 'protocol'],
);
const route = fields({
  filters: list(
    fields(
      {
        type: one('RequestRedirect'),
        requestRedirect: fields({ scheme: one('http', 'https'), statusCode: one(301, 302) }),
      },
      'type',
    ),
  ),
  backendRefs: list(fields({ name: text, port }, 'name')),
});

const acl = fields(
  {
    resource: fields(
      {
        type: one('topic', 'group', 'cluster', 'transactionalId'),
        name: text,
        patternType: one('literal', 'prefix'),
      },
      'type',
    ),
    operations: list(one('Read', 'Write', 'Create', 'Describe', 'DescribeConfigs', 'AlterConfigs')),
  },
  ...['resource', 'operations'],
);

const store = fields({ compression: one('gzip', 'bzip2', 'snappy'), encryption: one('AES256', 'aws:kms') });
const texts: Schema = { type: 'object', additionalProperties: text };
const sizes: Schema = { type: 'object', additionalProperties: amount };

const duration: Schema = { type: 'string', pattern: '^[0-9]+(ms|s|m|h)$' };
const rule = fields(
  { record: text, alert: text, expr: text, for: duration, labels: texts, annotations: texts },
  'expr',
);

const spread = fields(
  {
    maxSkew: whole,
    topologyKey: text,
    whenUnsatisfiable: one('DoNotSchedule', 'ScheduleAnyway'),
    labelSelector: fields({ matchLabels: texts }),
  },
  ...['maxSkew', 'topologyKey', 'whenUnsatisfiable'],
);

const cluster = fields(
  {
    instances: whole,
    enablePDB: yes,
    imageName: text,
    storage: fields({ size: amount }),
    walStorage: fields({ size: amount }),
    resources: fields({ requests: sizes, limits: sizes }),
    affinity: fields({ topologyKey: text }),
    certificates: fields({ serverAltDNSNames: list(hostname) }),
    bootstrap: fields({ initdb: fields({ encoding: text, localeCollate: text, localeCType: text }) }),
    postgresql: fields({
      synchronous: fields(
        { method: one('any', 'first'), number: whole, dataDurability: one('required', 'preferred') },
        ...['method', 'number'],
      ),
      parameters: texts,
      pg_hba: list(text),
    }),
    managed: fields({
      roles: list(fields({ name: text, login: yes, passwordSecret: named }, 'name')),
    }),
    plugins: list(fields({ name: text, isWALArchiver: yes, parameters: texts }, 'name')),
  },
  'instances',
);

const SPECS: Readonly<Record<string, Schema>> = {
  'gateway.networking.k8s.io/v1 Gateway': fields(
    { gatewayClassName: text, listeners: list(listener) },
    ...['gatewayClassName', 'listeners'],
  ),
  'gateway.networking.k8s.io/v1 HTTPRoute': fields({
    parentRefs: list(fields({ name: text, sectionName: text }, 'name')),
    hostnames: list(hostname),
    rules: list(route),
  }),
  'external-secrets.io/v1 ExternalSecret': fields({
    refreshInterval: { type: 'string', pattern: '^[0-9]+[smh]$' },
    secretStoreRef: fields({ kind: one('SecretStore', 'ClusterSecretStore'), name: text }),
    target: fields({ name: text }),
    dataFrom: list(fields({ extract: fields({ key: text }, 'key') })),
  }),
  'kafka.strimzi.io/v1 KafkaTopic': fields({
    partitions: whole,
    replicas: whole,
    config: { type: 'object', additionalProperties: true },
  }),
  'kafka.strimzi.io/v1 KafkaUser': fields({
    authentication: fields(
      {
        type: one('tls', 'tls-external', 'scram-sha-512'),
        password: fields({ valueFrom: fields({ secretKeyRef: secretKey }) }, 'valueFrom'),
      },
      'type',
    ),
    authorization: fields({ type: one('simple'), acls: list(acl) }, ...['type', 'acls']),
  }),
  'postgresql.cnpg.io/v1 Cluster': cluster,
  'postgresql.cnpg.io/v1 Database': fields(
    { cluster: named, name: text, owner: text, databaseReclaimPolicy: one('delete', 'retain') },
    ...['cluster', 'name', 'owner'],
  ),
  'postgresql.cnpg.io/v1 ScheduledBackup': fields(
    {
      schedule: { type: 'string', pattern: '^(\\S+ ){5}\\S+$' },
      backupOwnerReference: one('none', 'self', 'cluster'),
      cluster: named,
      method: one('barmanObjectStore', 'volumeSnapshot', 'plugin'),
      pluginConfiguration: named,
    },
    ...['schedule', 'cluster'],
  ),
  'cert-manager.io/v1 Issuer': fields({
    selfSigned: fields({}),
    ca: fields({ secretName: text }, 'secretName'),
  }),
  'cert-manager.io/v1 Certificate': fields(
    {
      isCA: yes,
      commonName: { type: 'string', pattern: '^.{1,64}$' },
      dnsNames: list(hostname),
      secretName: text,
      duration: { type: 'string', pattern: '^([0-9]+h)$' },
      usages: list(one('server auth', 'client auth')),
      privateKey: fields({
        algorithm: one('RSA', 'ECDSA', 'Ed25519'),
        size: one(256, 384, 521, 2048, 4096),
        rotationPolicy: one('Always', 'Never'),
      }),
      issuerRef: fields({ name: text, kind: one('Issuer', 'ClusterIssuer') }, 'name'),
    },
    ...['secretName', 'issuerRef'],
  ),
  'monitoring.coreos.com/v1 PodMonitor': fields(
    {
      selector: fields({ matchLabels: texts }),
      podMetricsEndpoints: list(
        fields({ port: text, path: text, interval: duration, scrapeTimeout: duration }),
      ),
    },
    ...['selector', 'podMetricsEndpoints'],
  ),
  'monitoring.coreos.com/v1 PrometheusRule': fields({
    groups: list(fields({ name: text, interval: duration, rules: list(rule) }, ...['name', 'rules'])),
  }),
  'postgresql.cnpg.io/v1 Pooler': fields(
    {
      cluster: named,
      instances: whole,
      type: one('rw', 'ro', 'r'),
      template: fields({
        spec: fields({ containers: list(fields({})), topologySpreadConstraints: list(spread) }, 'containers'),
      }),
      pgbouncer: fields({ poolMode: one('session', 'transaction'), parameters: texts }, 'poolMode'),
    },
    ...['cluster', 'pgbouncer'],
  ),
  'barmancloud.cnpg.io/v1 ObjectStore': fields(
    {
      retentionPolicy: { type: 'string', pattern: '^[1-9][0-9]*[dwm]$' },
      configuration: fields(
        {
          destinationPath: text,
          endpointURL: text,
          s3Credentials: fields({ accessKeyId: secretKey, secretAccessKey: secretKey }),
          wal: store,
          data: store,
        },
        'destinationPath',
      ),
    },
    'configuration',
  ),
};

/** @returns the schema of the `spec` of a kind that an operator brings; undefined for other kinds */
export const customSpec = (apiVersion: string, kind: string): Schema | undefined =>
  SPECS[`${apiVersion} ${kind}`];
