import preset from '../../jest.preset.js';

/** An installation whose plan has a real Keycloak as its identity provider: see installation/start-keycloak.ts. */
export default {
  ...preset,
  testMatch: ['<rootDir>/keycloak/**/*.test.ts'],
  globalSetup: '<rootDir>/installation/start-keycloak.ts',
  globalTeardown: '<rootDir>/installation/stop-keycloak.ts',
  // All files configure the same plan.
  maxWorkers: 1,
  testTimeout: 120_000,
};
