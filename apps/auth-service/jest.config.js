import { replacingWorkers } from '../../jest.preset.js';

/**
 * There are two workers, because this project is the longest: the others have ended before it, and would leave a processor
 * without work.
 */
export default { ...replacingWorkers, maxWorkers: 2 };
