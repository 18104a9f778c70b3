import preset from '../../jest.preset.js';

/** The same installation, with its events sent through a real broker, which the test kills. */
export default { ...preset, testMatch: ['<rootDir>/kafka/**/*.test.ts'], testTimeout: 180_000 };
