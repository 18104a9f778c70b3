import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const swc = JSON.parse(readFileSync(new URL('.swcrc', import.meta.url), 'utf8'));
// Jest resolves the `.ts` specifiers itself; rewriting is for the compiled output only.
delete swc.jsc.rewriteRelativeImportExtensions;

const libraries = readdirSync(new URL('libs', import.meta.url)).join('|');

/** The settings that every project's jest.config.js spreads: ES modules, SWC with decorator metadata, sources instead of dist. */
const preset = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', { ...swc, swcrc: false }] },
  // By default Jest does not transform a path that contains node_modules, even above the checkout. This transforms every
  // .ts file, because only sources end in .ts.
  transformIgnorePatterns: [],
  moduleNameMapper: {
    [`^@patient-access/(${libraries})$`]: '<rootDir>/../../libs/$1/src/index.ts',
    [`^@patient-access/(${libraries})/([a-z]+)$`]: '<rootDir>/../../libs/$1/src/$2.ts',
  },
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: [],
  testTimeout: 60_000,
  // Jest 30 puts a warning on what a test file leaves in its globals. If that is a prototype, the warning calls itself and ends the run.
  testEnvironmentOptions: { globalsCleanup: 'off' },
  // A database or a process that a failed test leaves would keep CI waiting until its own deadline.
  forceExit: process.env.CI === 'true',
  globalSetup: fileURLToPath(new URL('jest.setup.js', import.meta.url)),
  globalTeardown: fileURLToPath(new URL('jest.teardown.js', import.meta.url)),
};
export default preset;

/**
 * The same for projects with many test files that start services. Their workers are replaced when they have grown: Jest keeps
 * the ES modules of every test file in memory, and where they have two gigabytes the collector of garbage holds a test up for
 * longer than a request may take. One process for all files of auth-service needed 5 GB and half an hour.
 */
export const replacingWorkers = { ...preset, workerIdleMemoryLimit: '1GB' };
