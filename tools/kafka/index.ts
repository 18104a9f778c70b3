export { type RunningKafka, startKafka } from './broker.ts';
export { SERVICE_USERS } from './clients.ts';
export { installKafka, runMaven, runProgram } from './install.ts';
