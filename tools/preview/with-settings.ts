/**
 * Runs a command of a service with the settings that `npm start` has noted:
 * `node with-settings.ts <service>.env <settings that it needs one of> <program> [arguments]`. What the shell sets goes
 * first.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadEnvFile } from 'node:process';
import { pathToFileURL } from 'node:url';
import { loadConfig } from '@patient-access/platform/config';
import { PreviewFolder } from '@patient-access/topology';

const [node = '', , noted = '', names = '', program = '', ...args] = process.argv;

const environment = loadConfig(PreviewFolder.loose(), process.env);

const file = join(environment.LOCAL_DIR, noted);
const isSet = names.split(',').some((name) => environment[name] !== undefined);
/** What is in a file is verified without a database. */
const isAboutFile = args.includes('--file');

if (existsSync(file)) loadEnvFile(file);
if (!existsSync(file) && !isSet && !isAboutFile) {
  console.error(`no preview was ever started here: npm start (or set ${names.replace(',', ' or ')})`);
  process.exitCode = 1;
} else {
  process.argv = [node, program, ...args];
  await import(pathToFileURL(resolve(program)).href);
}
