export { type IngestItem, type IngestResult, Ingest } from './ingest.ts';
export { FhirServiceConfig } from './config.ts';
export { acceptTextBodies, fhirServiceModule } from './module.ts';
export { reindex } from './reindex.ts';
export { recordStatement } from './related-sql.ts';
export { readScoped } from './scope.ts';
export { pageStatement, readStatement } from './search-sql.ts';
export { storedBody } from './stored-form.ts';
