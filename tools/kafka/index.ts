export { type RunningKafka, startKafka } from './broker.ts';
export { installKafka, runProgram } from './install.ts';
