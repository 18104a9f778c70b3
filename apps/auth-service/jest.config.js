import preset from '../../jest.preset.js';

/**
 * One worker at a time, replaced when it has grown: Jest keeps the ES modules of every test file in memory, and one
 * process for all files needed 5 GB and half an hour.
 */
export default { ...preset, maxWorkers: 1, workerIdleMemoryLimit: '1GB' };
