/** Logs one error and ends at once, as a failing service does. */
import { createLogger } from '../../dist/logging.js';

const [kind, canary] = process.argv.slice(2);
const logger = createLogger('test', 'info');
const database = { code: '22P02', severity: 'ERROR', table: 'resource' };
const err = Object.assign(new Error(`value "${canary}"`), kind === 'database' ? database : {});
if (kind === 'fatal') logger.fatal({ reason: 'wrong' }, 'not started');
else logger.error({ err }, 'failed');
process.exit(1);
