import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { ConfigError, givenSettings } from '@patient-access/platform/config';
import { SERVICE_NAMES, type ServiceName } from '@patient-access/topology';
import type { CheckedService } from './obstacle.ts';

const isService = (name: string): name is ServiceName => SERVICE_NAMES.some((each) => each === name);

/** @returns the service whose settings are in this environment. @throws ConfigError when there is no such service */
export function targetOfEnvironment(service: string): CheckedService[] {
  if (!isService(service)) throw new ConfigError(`--service: one of ${SERVICE_NAMES.join(', ')}`);
  return [{ service, given: givenSettings(process.env) }];
}

/** @param folder with a file `{service}.env` for each service, as `.local/apps` of the preview */
export const targetsOfFolder = (folder: string): CheckedService[] =>
  SERVICE_NAMES.map((service) => ({
    service,
    given: givenSettings(parseEnv(readFileSync(join(folder, `${service}.env`), 'utf8'))),
  }));
