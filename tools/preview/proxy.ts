import { Agent, setGlobalDispatcher } from 'undici';

/** This program talks to this machine alone. Node asks a proxy of the environment where `NODE_USE_ENV_PROXY` is set. */
export function useNoProxy(): void {
  setGlobalDispatcher(new Agent());
}
