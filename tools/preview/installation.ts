/** The one-machine installation, for programs that run it and break it. */
export { Preview } from './preview.ts';
export { DATABASES, type Service, SERVICES } from './topology.ts';
