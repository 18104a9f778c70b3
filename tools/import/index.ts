export { IMPORT_POOL } from './config.ts';
export { loadChecks } from './guides/checks.ts';
export { PUBLISHED_FILE } from './guides/contents.ts';
export { addFolder } from './guides/folder-hash.ts';
export { shippedDefinitions } from './guides/shipped.ts';
export { ShippedDisplays } from './displays/shipped.ts';
export { importResources, type ImportOptions } from './store/import.ts';
export type { Input, Rejection, Stores } from './store/input.ts';
export type { Counts, Summary } from './store/summary.ts';
