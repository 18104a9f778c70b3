/** Runs podman with storage and settings of its own, so that the machine's images and containers are not touched. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Containers may not have more than this process, or runc refuses to start them. */
function ownLimit(name: 'open files' | 'processes'): string {
  const line = new RegExp(`^Max ${name} +\\S+ +(\\S+)`, 'm');
  const hard = line.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  return hard === undefined || hard === 'unlimited' ? '1048576' : hard;
}

/** crun, podman's choice, starts nothing where the machine has control groups of both versions. */
const containersConf = (networks: string) => `[network]
firewall_driver = "iptables"
network_config_dir = "${networks}"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "none"
[containers]
default_ulimits = ["nofile=${ownLimit('open files')}:${ownLimit('open files')}", "nproc=${ownLimit('processes')}:${ownLimit('processes')}"]
`;

export interface Result {
  status: number | null;
  /** what it said, on both streams */
  said: string;
}

export class Podman {
  private readonly folder: string;

  /** @param folder an empty folder for everything that podman keeps */
  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'containers.conf'), containersConf(join(folder, 'networks')));
  }

  run(...args: string[]): Result {
    return this.runWith('', ...args);
  }

  private runWith(input: string, ...args: string[]): Result {
    const places = ['root', 'runroot', 'tmpdir'].flatMap((name) => [`--${name}`, join(this.folder, name)]);
    const settings = [
      `CONTAINERS_CONF=${join(this.folder, 'containers.conf')}`,
      'PODMAN_IGNORE_CGROUPSV1_WARNING=1',
      // Checks of health are run by hand, as a container has no systemd that would run them.
      'DISABLE_HC_SYSTEMD=true',
    ];
    const { status, stdout, stderr, error } = spawnSync('env', [...settings, 'podman', ...places, ...args], {
      encoding: 'utf8',
      input,
      maxBuffer: 100_000_000,
    });
    return { status, said: error ? error.message : `${stdout}${stderr}`.trim() };
  }

  /** @throws Error with what podman said */
  must(...args: string[]): string {
    return this.mustWith('', ...args);
  }

  /** The same, with something to read. */
  mustWith(input: string, ...args: string[]): string {
    const { status, said } = this.runWith(input, ...args);
    if (status !== 0) throw new Error(`podman ${args[0]} failed: ${said}`);
    return said;
  }

  close(): void {
    this.run('rm', '--all', '--force', '--time=0', '--volumes');
    this.run('network', 'prune', '--force');
    this.run('volume', 'prune', '--force');
    this.run('rmi', '--all', '--force');
    // Podman leaves its storage mounted on itself.
    spawnSync('umount', [join(this.folder, 'root/overlay')], { stdio: 'ignore' });
    rmSync(this.folder, { recursive: true, force: true });
  }
}
