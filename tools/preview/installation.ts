/** The one-machine installation, for programs that start it and break parts of it. */
export type { RoleUrls } from './environment.ts';
export { Preview } from './preview.ts';
export { whenReady } from './processes.ts';
export { makeServiceTls } from './service-tls.ts';
