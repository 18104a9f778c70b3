import preset from '../../jest.preset.js';

/**
 * The worker is replaced when it has grown: Jest keeps the ES modules of every test file in memory, and where they have two
 * gigabytes the collector of garbage holds a test up for longer than a request may take.
 */
export default { ...preset, workerIdleMemoryLimit: '1GB' };
