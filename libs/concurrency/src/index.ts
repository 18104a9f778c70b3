export { FairSemaphore, SemaphoreRefusal } from './fair-semaphore.ts';
export { Pace } from './pace.ts';
export { partsWithin } from './parts.ts';
export { afterRunningTime } from './running-time.ts';
