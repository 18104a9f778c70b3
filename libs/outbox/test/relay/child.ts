/** A relay in a process of its own, to be killed: `child.ts <database url> <receiver url> <secret>`. */
import pg from 'pg';
import { httpPublisher } from '../../src/http-publisher.ts';
import { Relay } from '../../src/relay.ts';

const [databaseUrl = '', receiverUrl = '', secret = ''] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
new Relay(pool, httpPublisher(receiverUrl, secret), () => undefined).start();
