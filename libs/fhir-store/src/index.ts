export { type IngestItem, type IngestResult, Ingest } from './ingest.ts';
export { FhirServiceConfig } from './config.ts';
export { acceptTextBodies, fhirServiceModule } from './module.ts';
