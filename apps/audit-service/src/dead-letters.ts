/**
 * `npm run audit:dead-letters -- list|replay|close`: lists messages that could not be stored, tries again, or says that they
 * never will be.
 */
import { runDeadLetters } from './delivery/command.ts';

await runDeadLetters(process.argv.slice(2));
