/** A migration as a process of its own, which a test kills. */
import { applyMigrations } from '../../src/index.ts';

const [url = '', directory = ''] = process.argv.slice(2);
await applyMigrations(url, directory);
