/** PgBouncer in transaction mode before a Postgres that was started here, as operators run it. */
import { spawn } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { reachableTemporary, unprivileged } from './binaries.ts';
import type { KeyPair } from './certificates.ts';
import { endProcess } from './end-process.ts';
import { freePort } from './ports.ts';
import { waitUntil } from './wait-until.ts';

const PROGRAM = '/usr/sbin/pgbouncer';

/** Can tests start PgBouncer? In CI it has to be there, so that they run and fail. */
export function canRunPooler(): boolean {
  const can = existsSync(PROGRAM) || process.env['CI'] === 'true';
  if (!can) process.stderr.write('skipped: no pgbouncer found (Debian: apt-get install pgbouncer)\n');
  return can;
}

export interface Pooler {
  /** @param url of Postgres itself @returns the same through the pooler */
  through(url: string): string;
  stop(): Promise<void>;
}

interface PoolerOptions {
  /** connections to Postgres for each database and role */
  size: number;
  /**
   * as production has it: clients come over TLS with this certificate and prove their passwords by SCRAM, and Postgres has to
   * show a certificate of this authority; left out: without TLS, and passwords are sent as they are
   */
  secured?: { server: KeyPair; authorityFile: string };
  /** prepared statements that it keeps for a connection */
  statements?: number;
}

const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(socket.destroy() !== undefined));
    socket.once('error', () => resolve(false));
  });

/** @param file names a file in the directory of the pooler */
const security = ({ secured }: PoolerOptions, file: (name: string) => string): string =>
  secured
    ? `auth_type = scram-sha-256
client_tls_sslmode = require
client_tls_cert_file = ${file('certificate')}
client_tls_key_file = ${file('key')}
server_tls_sslmode = verify-full
server_tls_ca_file = ${file('authority')}`
    : 'auth_type = plain';

const settings = (
  listenPort: number,
  postgresPort: string,
  file: (name: string) => string,
  options: PoolerOptions,
) => `[databases]
* = host=127.0.0.1 port=${postgresPort}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${listenPort}
unix_socket_dir =
${security(options, file)}
auth_file = ${file('users')}
pool_mode = transaction
default_pool_size = ${options.size}
max_prepared_statements = ${options.statements ?? 200}
max_client_conn = 500
server_login_retry = 1
`;

/**
 * Starts PgBouncer on loopback. When started by root it runs as an unprivileged user.
 *
 * @param urls of Postgres itself, of all roles that connect through it
 */
export async function startPooler(urls: readonly string[], options: PoolerOptions): Promise<Pooler> {
  const directory = reachableTemporary('patient-access-pooler-');
  const [port, given] = [await freePort(), urls.map((url) => new URL(url))];
  const file = (name: string) => join(directory, name);
  const users = given.map(({ username, password }) => `"${username}" "${decodeURIComponent(password)}"`);
  const configuration = settings(port, given[0]?.port ?? '', file, options);
  for (const [name, text] of Object.entries({ users: users.join('\n'), ini: configuration })) {
    writeFileSync(file(name), text);
    // Whatever the umask is, the unprivileged user has to read it.
    chmodSync(file(name), 0o644);
  }
  const { server: own, authorityFile } = options.secured ?? {};
  const copies = { certificate: own?.certificateFile, key: own?.keyFile, authority: authorityFile };
  for (const [name, from] of Object.entries(copies)) {
    if (from === undefined) continue;
    copyFileSync(from, file(name));
    chmodSync(file(name), 0o644);
  }
  const server = spawn(PROGRAM, ['-q', file('ini')], { ...unprivileged(), cwd: '/', stdio: 'inherit' });
  const endWithUs = () => void server.kill('SIGQUIT');
  process.once('exit', endWithUs);
  await waitUntil(() => isListening(port));
  return {
    through(url) {
      const pooled = new URL(url);
      pooled.port = String(port);
      return pooled.href;
    },
    async stop() {
      process.removeListener('exit', endWithUs);
      await endProcess(server, 'SIGQUIT');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
