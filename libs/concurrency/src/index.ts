export { Semaphore, SemaphoreRefusal } from './semaphore.ts';
