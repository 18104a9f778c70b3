import preset from '../../jest.preset.js';

/**
 * Workers are replaced when they have grown: Jest keeps the ES modules of every test file in memory, and one process for
 * all files needed 5 GB and half an hour. There are two, because this project is the longest: the others have ended
 * before it, and would leave a processor without work.
 */
export default { ...preset, maxWorkers: 2, workerIdleMemoryLimit: '1GB' };
