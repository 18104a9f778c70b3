/**
 * Compares the topology with the apps: each app is in it, and gets the settings that its configuration schema requires.
 */
import { SERVICE_NAMES, TOPOLOGY } from '@patient-access/topology';
import type { App } from './invariants.ts';
import { settingsProblems } from './settings.ts';

/** Settings that every deployment and the preview set for every service. */
const ALWAYS_GIVEN = ['HOST', 'PORT'];

/** @param folders of the apps that run as services @returns the differences, one line each */
export function topologyProblems(folders: readonly string[], apps: readonly App[]): string[] {
  const names: readonly string[] = SERVICE_NAMES;
  return [
    ...names.filter((name) => !folders.includes(name)).map((name) => `topology: there is no app ${name}`),
    ...folders.filter((name) => !names.includes(name)).map((name) => `topology: has no row for apps/${name}`),
    ...apps.flatMap(({ name, settings }) =>
      settingsProblems(`topology: ${name}`, settings, [
        ...Object.keys(TOPOLOGY[name].settings),
        ...ALWAYS_GIVEN,
      ]),
    ),
  ];
}
