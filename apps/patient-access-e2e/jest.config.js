import preset from '../../jest.preset.js';

/** The journeys share one running installation: see installation/. */
export default {
  ...preset,
  testMatch: ['<rootDir>/journeys/**/*.test.ts'],
  globalSetup: '<rootDir>/installation/start.ts',
  globalTeardown: '<rootDir>/installation/stop.ts',
  testTimeout: 60_000,
};
