import { fileURLToPath } from 'node:url';
// A globalSetup is loaded like a test.
import './tools/jest/modules.js';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/**
 * The settings that every project's jest.config.js spreads. Test files are loaded by Node and not by Jest
 * (docs/adr/0156-load-test-files-with-nodes-own-loader.md).
 */
const preset = {
  testEnvironment: here('tools/jest/environment.js'),
  runtime: here('tools/jest/runtime.js'),
  injectGlobals: false,
  transform: {},
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: [],
  testTimeout: 60_000,
  // A database or a process that a failed test leaves would keep CI waiting until its own deadline.
  forceExit: process.env.CI === 'true',
  globalSetup: here('jest.setup.js'),
  globalTeardown: here('jest.teardown.js'),
};
export default preset;

/**
 * The same for projects with many test files that start services. Their workers are replaced when they have grown: where a
 * process has two gigabytes, the collector of garbage holds a test up for longer than a request may take.
 */
export const replacingWorkers = { ...preset, workerIdleMemoryLimit: '1GB' };

/** The same for projects whose tests wait most of their time, for deadlines and for what ends. On two cores Jest has one worker. */
export const waitingWorkers = { ...preset, maxWorkers: 2 };
