export { type RunningKafka, startKafka } from './broker.ts';
export { SERVICE_USERS } from './clients.ts';
export { installKafka } from './install.ts';
export { fetchWithMaven, runMaven } from './maven.ts';
export { runProgram } from './run-program.ts';
export { whenEnded } from './when-ended.ts';
