export { type RunningKafka, startKafka } from './broker.ts';
export { installKafka } from './install.ts';
