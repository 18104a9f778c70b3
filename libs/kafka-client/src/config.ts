import { KAFKA_GROUPS, KAFKA_TOPICS } from '@patient-access/topology';
import { z } from 'zod';

const name = ({ name: usual }: { name: string }) =>
  z
    .string()
    .regex(/^[a-zA-Z0-9._-]{1,249}$/, 'letters, digits, ".", "_" and "-", at most 249')
    .default(usual);

/** The file is not only read at the start, as that of every other setting: what it holds may change while services run. */
const readAgain = (name: string) =>
  z
    .string()
    .optional()
    .meta({ description: `file with \`${name}\`, which is read again for each login` });

const BROKER = /^(?:\[[0-9a-fA-F:.]+\]|[^\s:/@]+):\d{1,5}$/;

/** Settings of the connection to Kafka (docs/kafka.md). Without brokers, services call each other over HTTP only. */
export const KafkaConfig = z.object({
  KAFKA_BROKERS: z
    .string()
    .transform((list) => list.split(',').map((broker) => broker.trim()))
    .refine(
      (all) => all.every((broker) => BROKER.test(broker)),
      'host:port, several of them with commas between',
    )
    .optional()
    .meta({ description: '`host:port`, separated by commas; two or three of them are enough' }),
  KAFKA_SECURITY_PROTOCOL: z
    .enum(['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'])
    .default('PLAINTEXT')
    .meta({
      description: '`PLAINTEXT`, `SSL`, `SASL_SSL`, or `SASL_PLAINTEXT` with SCRAM (where a mesh encrypts)',
    }),
  KAFKA_CA_FILE: z
    .string()
    .optional()
    .meta({ description: 'certificates in PEM that sign those of the brokers' }),
  KAFKA_CERTIFICATE_FILE: z.string().optional().meta({
    description:
      'the service’s own certificate in PEM (mTLS), with the certificates between it and the authority',
  }),
  KAFKA_KEY_FILE: z.string().optional().meta({ description: 'its private key in PEM' }),
  KAFKA_SASL_MECHANISM: z
    .enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'])
    .optional()
    .meta({ description: '`PLAIN`, `SCRAM-SHA-256`, `SCRAM-SHA-512` or `OAUTHBEARER`' }),
  KAFKA_SASL_USERNAME: z.string().optional().meta({ description: 'for PLAIN and SCRAM' }),
  KAFKA_SASL_USERNAME_FILE: readAgain('KAFKA_SASL_USERNAME'),
  KAFKA_SASL_PASSWORD: z.string().optional().meta({ description: 'for PLAIN and SCRAM' }),
  KAFKA_SASL_PASSWORD_FILE: readAgain('KAFKA_SASL_PASSWORD'),
  KAFKA_OAUTH_TOKEN_URL: z
    .url()
    .refine(
      (url) => /^(https:|http:\/\/(127\.0\.0\.1|localhost)[:/])/.test(url),
      'https, because a secret is sent there',
    )
    .optional()
    .meta({
      description:
        'https address where a token is asked for by client credentials (RFC 6749, section 4.4), at each login',
    }),
  KAFKA_OAUTH_CLIENT_ID: z.string().optional().meta({ description: 'for the token URL' }),
  KAFKA_OAUTH_CLIENT_ID_FILE: readAgain('KAFKA_OAUTH_CLIENT_ID'),
  KAFKA_OAUTH_CLIENT_SECRET: z.string().optional().meta({ description: 'for the token URL' }),
  KAFKA_OAUTH_CLIENT_SECRET_FILE: readAgain('KAFKA_OAUTH_CLIENT_SECRET'),
  KAFKA_OAUTH_SCOPE: z.string().optional().meta({ description: 'for the token URL' }),
  KAFKA_OAUTH_TOKEN_FILE: z.string().optional().meta({
    description:
      'instead of the token URL: a token that somebody else renews, such as one that Kubernetes projects into a pod',
  }),
  KAFKA_CREATE_TOPICS: z
    .stringbool()
    .default(true)
    .meta({ description: '`false`: the operators create the topics; a service that misses one says which' }),
  KAFKA_TOPIC_PARTITIONS: z.coerce.number().int().min(1).max(1_000).default(12).meta({
    description: 'of a topic that is created; at most as many replicas of audit-service have work',
    unit: 'partitions',
  }),
  KAFKA_TOPIC_REPLICATION: z.coerce
    .number()
    .int()
    .min(1)
    .max(15)
    .optional()
    .meta({ description: 'replicas of a topic that is created; 3 in production', unit: 'replicas' }),
  KAFKA_TOPIC_MIN_INSYNC_REPLICAS: z.coerce.number().int().min(1).max(15).optional().meta({
    description: '`min.insync.replicas` of a topic that is created; 2 in production',
    unit: 'replicas',
  }),
  KAFKA_DEAD_LETTER_TOPIC_HOURS: z.coerce.number().int().min(1).max(87_600).optional().meta({
    description: 'retention of the topic of dead letters when it is created; the database keeps them too',
    unit: 'h',
  }),
  KAFKA_CONSENT_TOPIC_HOURS: z.coerce.number().int().min(1).max(87_600).optional().meta({
    description:
      'retention of the topic of consents when it is created; `admin consent publish` sends them all again',
    unit: 'h',
  }),
  KAFKA_ACCESS_EVENT_TOPIC: name(KAFKA_TOPICS.accessEvents).meta({
    description: 'name of the topic; the same in all services',
  }),
  KAFKA_DEAD_LETTER_TOPIC: name(KAFKA_TOPICS.deadLetters).meta({ description: 'name of the topic' }),
  KAFKA_CONSENT_TOPIC: name(KAFKA_TOPICS.consents).meta({
    description: 'name of the topic; the same in auth-service and coverage-service',
  }),
  KAFKA_CHECKPOINT_TOPIC: name(KAFKA_TOPICS.checkpoints).meta({
    description: 'name of the topic; it keeps its messages for ever',
  }),
  KAFKA_ACCESS_EVENT_GROUP: name(KAFKA_GROUPS.accessEvents).meta({
    description: 'consumer group of audit-service',
  }),
  KAFKA_CONSENT_GROUP: name(KAFKA_GROUPS.consents).meta({
    description: 'consumer group of coverage-service',
  }),
  KAFKA_CHECKPOINT_GROUP: name(KAFKA_GROUPS.checkpoints).meta({
    description: 'consumer group in which a verification reads the checkpoints; it keeps no offsets',
  }),
});
export type KafkaConfig = z.infer<typeof KafkaConfig>;
