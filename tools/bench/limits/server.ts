/**
 * What the machine could do at best, as bare Node servers: a program of its own, started with its settings as one
 * JSON argument. Paths: `/constant`, `/read/{tenant}/{member}/{id}` (limit d), `/page/{tenant}/{member}` (limit f).
 */
import { createServer } from 'node:http';
import pg from 'pg';

const { databaseUrl, type } = JSON.parse(process.argv[2] ?? '') as { databaseUrl: string; type: string };
const CONNECTIONS = 8;
const pool = new pg.Pool({ connectionString: databaseUrl, max: CONNECTIONS });
pool.on('error', () => undefined);
const FHIR_JSON = 'application/fhir+json; charset=utf-8';
const CONSTANT_CHARACTERS = 8_192;
const constant = 'x'.repeat(CONSTANT_CHARACTERS);

const READ = {
  name: 'read',
  text: 'SELECT body FROM resource WHERE tenant = $1 AND member = $2 AND type = $3 AND id = $4',
};
const PAGE = {
  name: 'page',
  text: `SELECT body FROM resource WHERE tenant = $1 AND member = $2 AND type = $3
          ORDER BY last_updated DESC, id DESC LIMIT 50`,
};

interface Row {
  body: string;
}

async function answer(path: string): Promise<string> {
  const [, kind, tenant, member, id] = path.split('/');
  if (kind === 'constant') return constant;
  if (kind === 'read')
    return (await pool.query<Row>({ ...READ, values: [tenant, member, type, id] })).rows[0]?.body ?? '';
  const { rows } = await pool.query<Row>({ ...PAGE, values: [tenant, member, type] });
  const entries = rows.map(({ body }) => `{"resource":${body}}`);
  return `{"resourceType":"Bundle","type":"searchset","entry":[${entries.join(',')}]}`;
}

// Ends with whoever started it.
process.once('disconnect', () => process.exit());

const server = createServer((request, response) => {
  answer(request.url ?? '').then(
    (body) => response.setHeader('content-type', FHIR_JSON).end(body),
    (error: unknown) => {
      response.statusCode = 500;
      response.end(String(error));
    },
  );
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.(typeof address === 'object' ? address?.port : undefined);
});
