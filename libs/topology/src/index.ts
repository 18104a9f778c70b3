export {
  EVENT_TOPIC_HOURS,
  KAFKA_ACCESS,
  KAFKA_GROUPS,
  KAFKA_TOPICS,
  type KafkaAcl,
  kafkaAcls,
  type KafkaTopic,
  type KafkaUser,
} from './kafka.ts';
export { PREVIEW_FILE, PREVIEW_INGEST_FILE, PreviewFolder, previewIngestSettings } from './preview-folder.ts';
export { CONTAINER_PORT, KAFKA_TLS_PORT, NODE_FLAGS, POSTGRES_PORT } from './process.ts';
export type { DatabaseRole, Setting, SharedSecret } from './setting.ts';
export {
  calledBy,
  DATA_SERVICES,
  DATABASES,
  type DatabaseName,
  databaseOf,
  type DataService,
  furtherIngestSetting,
  ingestSetting,
  isRecordService,
  RECORD_SERVICES,
  type RecordService,
  SERVICE_NAMES,
  type ServiceName,
  SERVICES_WITH_DATABASE,
  type ServiceRow,
  type ServiceWithDatabase,
  TOPOLOGY,
  urlSetting,
} from './topology.ts';
