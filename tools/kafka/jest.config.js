import preset from '../../jest.preset.js';

/** A test may wait for a broker to start, and for the session of a consumer to end. */
export default { ...preset, testTimeout: 120_000 };
