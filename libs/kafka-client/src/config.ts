import { KAFKA_GROUPS, KAFKA_TOPICS } from '@patient-access/topology';
import { z } from 'zod';

const name = ({ name: usual }: { name: string }) =>
  z
    .string()
    .regex(/^[a-zA-Z0-9._-]{1,249}$/, 'letters, digits, ".", "_" and "-", at most 249')
    .default(usual);

/** Settings of the connection to Kafka (docs/kafka.md). Without brokers, services call each other over HTTP only. */
export const KafkaConfig = z.object({
  /** comma-separated host:port */
  KAFKA_BROKERS: z
    .string()
    .transform((list) => list.split(',').map((broker) => broker.trim()))
    .optional(),
  /** as Kafka names them; PLAINTEXT is for one machine */
  KAFKA_SECURITY_PROTOCOL: z.enum(['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL']).default('PLAINTEXT'),
  /** path of the certificates, in PEM, that sign those of the brokers; without it, the ones that Node trusts */
  KAFKA_CA_FILE: z.string().optional(),
  /** paths of this service's own certificate and its key, in PEM, where the brokers want one (mTLS) */
  KAFKA_CERTIFICATE_FILE: z.string().optional(),
  KAFKA_KEY_FILE: z.string().optional(),
  KAFKA_SASL_MECHANISM: z.enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER']).optional(),
  KAFKA_SASL_USERNAME: z.string().optional(),
  KAFKA_SASL_PASSWORD: z.string().optional(),
  /** OAUTHBEARER: where a token is asked for with the client's credentials (RFC 6749, section 4.4) */
  KAFKA_OAUTH_TOKEN_URL: z
    .url()
    .refine(
      (url) => /^(https:|http:\/\/(127\.0\.0\.1|localhost)[:/])/.test(url),
      'https, because a secret is sent there',
    )
    .optional(),
  KAFKA_OAUTH_CLIENT_ID: z.string().optional(),
  KAFKA_OAUTH_CLIENT_SECRET: z.string().optional(),
  KAFKA_OAUTH_SCOPE: z.string().optional(),
  /** OAUTHBEARER: path of a token that somebody else renews, as Kubernetes does with those of service accounts */
  KAFKA_OAUTH_TOKEN_FILE: z.string().optional(),
  /** whether a service creates its topics when they are missing; false where the operators do */
  KAFKA_CREATE_TOPICS: z.stringbool().default(true),
  /** of a topic that is created; events of one member stay in order, whatever the number */
  KAFKA_TOPIC_PARTITIONS: z.coerce.number().int().min(1).max(1_000).default(12),
  /** replicas of a topic that is created; without it, what the brokers say */
  KAFKA_TOPIC_REPLICATION: z.coerce.number().int().min(1).max(15).optional(),
  /** `min.insync.replicas` of a topic that is created; without it, what the brokers say */
  KAFKA_TOPIC_MIN_INSYNC_REPLICAS: z.coerce.number().int().min(1).max(15).optional(),
  /** for how long the topics of dead letters and of consents keep messages, when created; without it, what the brokers say */
  KAFKA_DEAD_LETTER_TOPIC_HOURS: z.coerce.number().int().min(1).max(87_600).optional(),
  KAFKA_CONSENT_TOPIC_HOURS: z.coerce.number().int().min(1).max(87_600).optional(),
  KAFKA_ACCESS_EVENT_TOPIC: name(KAFKA_TOPICS.accessEvents),
  KAFKA_DEAD_LETTER_TOPIC: name(KAFKA_TOPICS.deadLetters),
  KAFKA_CONSENT_TOPIC: name(KAFKA_TOPICS.consents),
  KAFKA_CHECKPOINT_TOPIC: name(KAFKA_TOPICS.checkpoints),
  KAFKA_ACCESS_EVENT_GROUP: name(KAFKA_GROUPS.accessEvents),
  KAFKA_CONSENT_GROUP: name(KAFKA_GROUPS.consents),
});
export type KafkaConfig = z.infer<typeof KafkaConfig>;
