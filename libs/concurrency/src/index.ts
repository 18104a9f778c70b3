export { Pace } from './pace.ts';
export { Semaphore, SemaphoreRefusal } from './semaphore.ts';
