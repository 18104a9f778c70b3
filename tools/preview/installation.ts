/** The one-machine installation, for programs that run it and break it. */
export { Preview } from './preview.ts';
