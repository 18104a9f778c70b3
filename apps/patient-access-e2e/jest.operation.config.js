import preset from '../../jest.preset.js';

/**
 * Starts, stops and replicas: each file has an installation of its own, because it kills and changes what runs. Two at
 * once, as they mostly wait.
 */
export default {
  ...preset,
  testMatch: ['<rootDir>/operation/**/*.test.ts'],
  maxWorkers: 2,
  testTimeout: 60_000,
};
