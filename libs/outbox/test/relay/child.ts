/** A relay in a process of its own, which a test kills: `child.ts <database url> <receiver url>`. */
import pg from 'pg';
import { auditStore } from '../../src/audit-store.ts';
import { routeTo, SIGNER, startRelay } from '../world.ts';

const [databaseUrl = '', receiverUrl = ''] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString: databaseUrl, max: 6 });
startRelay(routeTo(pool, auditStore(receiverUrl, SIGNER)));
