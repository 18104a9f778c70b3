/**
 * Logs some lines at once, says so on standard error, and half a second later that it still runs. When something comes on standard
 * input, it logs on until that ends, and ends itself.
 */
import { createLogger } from '../../dist/logging.js';

const [lines, characters] = process.argv.slice(2).map(Number);
const logger = createLogger('test', 'info');
const text = 'x'.repeat(characters);
for (let at = 0; at < lines; at += 1) logger.info({ at, text });
process.stderr.write('logged ');
setTimeout(() => process.stderr.write('runs '), 500);
process.stdin.once('data', () => setInterval(() => logger.info('goes on'), 50));
process.stdin.once('end', () => process.exit(0));
