export { updateInBatch, type BatchStatement, findInBatch, storeInBatch } from './batch.ts';
export { applyMigrations } from './migrate.ts';
export type { PipelinedStatement } from './pipeline/connection.ts';
export { createReadPool, type ReadPool } from './pipeline/read-pool.ts';
export { COMMAND, createPool, type Pool } from './pool.ts';
export { type DatabaseUrls, provisionDatabase } from './provision.ts';
export { schemaDifferences } from './schema-differences.ts';
export { inTransaction } from './transaction.ts';
export { isUnavailable } from './unavailable.ts';
