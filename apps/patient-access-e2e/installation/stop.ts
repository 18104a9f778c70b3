import { remove } from './installation.ts';

/** Runs after the journeys. */
export default async function stop(): Promise<void> {
  const running = globalThis.installation;
  await running?.stop();
  if (running) remove(running.directory);
}
