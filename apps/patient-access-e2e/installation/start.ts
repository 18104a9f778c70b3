import { type JourneyInstallation, install } from './installation.ts';

declare global {
  var installation: JourneyInstallation | undefined;
}

/** Runs before the journeys: starts one installation for all of them. */
export default async function start(): Promise<void> {
  globalThis.installation = await install();
  process.env['E2E_DIRECTORY'] = globalThis.installation.directory;
}
