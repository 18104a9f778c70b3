/** All checks, for one service or for all of them. */
import { addressFindings } from './addresses.ts';
import { type BackupReport, backupFindings } from './backup.ts';
import { type Obstacle, toLookAt, type CheckedService, unless } from './obstacle.ts';
import { kafkaFindings } from './kafka.ts';
import { postgresFindings } from './postgres.ts';
import { publicFindings } from './public-host.ts';
import { secretFindings, sharedSecretFindings } from './secrets.ts';

export interface Means {
  backup: BackupReport;
  /** at which the public host is tried; undefined: it is not tried */
  plan: string | undefined;
}

export type Located = Obstacle & { where: string };

function timeZone(): Obstacle[] {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return unless(zone === 'UTC', toLookAt('time zone', `of this process: ${zone}`, 'TZ=UTC'));
}

async function ofService(target: CheckedService, plan: string | undefined): Promise<Located[]> {
  const findings = [
    ...addressFindings(target),
    ...secretFindings(target),
    ...(await postgresFindings(target)),
    ...(await kafkaFindings(target)),
    ...(await publicFindings(target, plan)),
  ];
  return findings.map((finding) => ({ ...finding, where: target.service }));
}

/** @returns everything that keeps these services from production, and what somebody should look at */
export async function preflight(
  targets: readonly CheckedService[],
  { backup, plan }: Means,
): Promise<Located[]> {
  const everywhere = [
    ...timeZone(),
    ...backupFindings(backup, Date.now()),
    ...sharedSecretFindings(targets),
  ].map((finding) => ({ ...finding, where: 'all' }));
  const each = [];
  for (const target of targets) each.push(...(await ofService(target, plan)));
  return [...everywhere, ...each];
}
