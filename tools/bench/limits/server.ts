/**
 * Bare Node servers that show the limit of the machine. This is a program of its own, with its settings as one JSON
 * argument. Paths: `/constant`, `/read/{tenant}/{member}/{id}` (limit d), `/page/{tenant}/{member}` (limit f),
 * `/search/{tenant}/{member}` and `/few/{tenant}/{member}` (limit s: it runs only the product's SQL statement for a search
 * of the type).
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { constants, gzip, gzipSync } from 'node:zlib';
import pg from 'pg';
import {
  CLAIMS_BY_DATE,
  FEW_OBSERVATIONS,
  OBSERVATIONS_BY_CATEGORY_AND_DATE,
  type SearchParameters,
  searchStatement,
} from '../statements.ts';

const { databaseUrl, type } = JSON.parse(process.argv[2] ?? '') as { databaseUrl: string; type: string };
const CONNECTIONS = 8;
/** The product's setting for a page that an index returns in order. */
const IN_ORDER = '-c enable_sort=off';
const pool = new pg.Pool({ connectionString: databaseUrl, max: CONNECTIONS, options: IN_ORDER });
pool.on('error', () => undefined);
const FHIR_JSON = 'application/fhir+json; charset=utf-8';
const CONSTANT_CHARACTERS = 8_192;
const constant = 'x'.repeat(CONSTANT_CHARACTERS);

const READ = {
  name: 'read',
  text: 'SELECT body FROM resource WHERE tenant = $1 AND member = $2 AND type = $3 AND id = $4 AND form = 0',
};
const PAGE = {
  name: 'page',
  text: `SELECT body FROM resource WHERE tenant = $1 AND member = $2 AND type = $3 AND form = 0
          ORDER BY last_updated DESC, id DESC LIMIT 50`,
};

interface Row {
  body: string;
}

/** The statement is made once. Tenant and member are the first two values of every statement of the store. */
function searchOf(name: string, asked: SearchParameters) {
  const { text, values } = searchStatement({ tenant: 'any', member: 'any' }, type, asked);
  const [, , ...others] = values;
  return (tenant?: string, member?: string) => ({ name, text, values: [tenant, member, ...others] });
}

const isObservation = type === 'Observation';
/** The statement of a page, by the first part of the path. */
const PAGES: Record<string, ReturnType<typeof searchOf>> = {
  page: (tenant, member) => ({ ...PAGE, values: [tenant, member, type] }),
  search: searchOf('search', isObservation ? OBSERVATIONS_BY_CATEGORY_AND_DATE : CLAIMS_BY_DATE),
  ...(isObservation && { few: searchOf('few', FEW_OBSERVATIONS) }),
};

async function answer(path: string): Promise<string> {
  const [, kind, tenant, member, id] = path.split('/');
  if (kind === 'constant') return constant;
  if (kind === 'read')
    return (await pool.query<Row>({ ...READ, values: [tenant, member, type, id] })).rows[0]?.body ?? '';
  const page = PAGES[kind ?? ''];
  if (!page) throw new Error(`no path ${path}`);
  const { rows } = await pool.query<Row>(page(tenant, member));
  const entries = rows.map(({ body }) => `{"resource":${body}}`);
  return `{"resourceType":"Bundle","type":"searchset","entry":[${entries.join(',')}]}`;
}

// The program ends when its parent process ends.
process.once('disconnect', () => process.exit());

const inAnotherThread = promisify(gzip);
const LEVEL = { level: constants.Z_BEST_SPEED };
/** A body with fewer characters is compressed synchronously, because a thread of the pool would take longer. */
const MAX_AT_ONCE = 160 * 1024;

/** Answers with the bytes that the product returns, compressed if the request asks for it. */
async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await answer(request.url ?? '');
  response.setHeader('content-type', FHIR_JSON);
  if (request.headers['accept-encoding'] !== 'gzip') return void response.end(body);
  const compressed = body.length <= MAX_AT_ONCE ? gzipSync(body, LEVEL) : await inAnotherThread(body, LEVEL);
  response.setHeader('content-encoding', 'gzip').end(compressed);
}

const server = createServer((request, response) => {
  serve(request, response).catch((error: unknown) => {
    response.statusCode = 500;
    response.end(String(error));
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.(typeof address === 'object' ? address?.port : undefined);
});
