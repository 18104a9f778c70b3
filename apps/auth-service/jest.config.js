import preset from '../../jest.preset.js';

/**
 * Two workers, which are replaced when they have grown: Jest keeps the ES modules of every test file in memory, and one
 * process for all files needed 5 GB and half an hour.
 */
export default { ...preset, maxWorkers: 2, workerIdleMemoryLimit: '1GB' };
