export { FairSemaphore, SemaphoreRefusal } from './fair-semaphore.ts';
export { InFlight } from './in-flight.ts';
export { LastingFault } from './lasting-fault.ts';
export { Pace } from './pace.ts';
export { partsWithin } from './parts.ts';
export { Rests } from './rests.ts';
export { afterRunningTime } from './running-time.ts';
