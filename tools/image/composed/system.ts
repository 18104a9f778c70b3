/** Starts and stops the services of compose.yaml with podman, in the order that the file asks for. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Podman } from '../containers/podman.ts';
import { type ComposeFile, type ComposeService, secretsOf } from './compose-file.ts';

const POLL_MS = 1_000;
const START_LIMIT_MS = 300_000;

const each = (flag: string, values: readonly string[] = []) => values.map((value) => `--${flag}=${value}`);

/** Runs the services of one file. */
export class ComposedSystem {
  private readonly podman: Podman;
  private readonly file: ComposeFile;
  private readonly started = new Map<string, Promise<void>>();

  /** @param file its images are there already, under `localhost/` */
  constructor(podman: Podman, file: ComposeFile) {
    this.podman = podman;
    this.file = file;
  }

  get services(): string[] {
    return Object.entries(this.file.services)
      .filter(([, { profiles = [] }]) => profiles.length === 0)
      .map(([name]) => name);
  }

  /** @throws Error when a service does not become healthy, or a migration fails */
  async up(): Promise<void> {
    for (const [name, { internal }] of Object.entries(this.file.networks))
      this.podman.must('network', 'create', ...(internal ? ['--internal'] : []), name);
    await Promise.all(this.services.map((name) => this.start(name)));
    await Promise.all(
      this.services.filter((name) => !this.isStep(name)).map((name) => this.untilHealthy(name)),
    );
  }

  /** @returns whether a service is a step that ends, such as a migration */
  private isStep(name: string): boolean {
    return Object.values(this.file.services).some(
      ({ depends_on: on = {} }) => on[name]?.condition === 'service_completed_successfully',
    );
  }

  private start(name: string): Promise<void> {
    const before = this.started.get(name);
    if (before) return before;
    const now = this.startAfterOthers(name);
    this.started.set(name, now);
    return now;
  }

  private async startAfterOthers(name: string): Promise<void> {
    const service = this.file.services[name];
    if (!service) throw new Error(`compose.yaml has no ${name}`);
    await Promise.all(
      Object.entries(service.depends_on ?? {}).map(async ([other, { condition }]) => {
        await this.start(other);
        await (condition === 'service_healthy' ? this.untilHealthy(other) : this.untilDone(other));
      }),
    );
    this.podman.must('run', '--detach', `--name=${name}`, ...this.argumentsOf(name, service));
  }

  /** @returns arguments of `podman run`, from the options to the command */
  private argumentsOf(name: string, service: ComposeService): string[] {
    const { image, networks, entrypoint, command = [] } = service;
    const mounts = [
      ...secretsOf(this.file, service).map(([from, to]) => `${from}:${to}:ro`),
      ...(service.volumes ?? []).map((volume) =>
        volume.startsWith('.') ? join(this.file.folder, volume) : volume,
      ),
    ];
    const variables = Object.entries(service.environment ?? {}).map(([key, value]) => `${key}=${value}`);
    return [
      ...['--pull=never', ...(service.read_only ? ['--read-only', '--read-only-tmpfs=false'] : [])],
      ...networks.map((network) => `--network=${network}:alias=${name}`),
      ...each('env', variables),
      ...each('volume', mounts),
      ...each(
        'publish',
        service.ports?.map((port) => `127.0.0.1:${port}`),
      ),
      ...each('tmpfs', service.tmpfs),
      ...each('cap-drop', service.cap_drop),
      ...each('security-opt', service.security_opt),
      ...(entrypoint ? [`--entrypoint=${JSON.stringify(entrypoint)}`] : []),
      `localhost/${image}`,
      ...command,
    ];
  }

  /** There is no systemd that would run the checks, so they are run from here: of the file, or of the image. */
  private async untilHealthy(name: string): Promise<void> {
    const [kind, ...words] = this.file.services[name]?.healthcheck?.test ?? [];
    const check = kind === 'CMD' ? ['exec', name, ...words] : ['healthcheck', 'run', name];
    await this.until(name, () => this.podman.run(...check).status === 0);
  }

  private async untilDone(name: string): Promise<void> {
    await this.until(name, () => this.stateOf(name) === 'exited 0');
  }

  private async until(name: string, holds: () => boolean): Promise<void> {
    const deadline = Date.now() + START_LIMIT_MS;
    while (!holds()) {
      const state = this.stateOf(name);
      const failed = state.startsWith('exited') && state !== 'exited 0';
      const restarts = this.file.services[name]?.restart !== undefined;
      if (failed && restarts) this.podman.must('start', name);
      if ((failed && !restarts) || Date.now() > deadline)
        throw new Error(`${name} is ${state}: ${this.logOf(name).slice(-2_000)}`);
      await delay(POLL_MS);
    }
  }

  private stateOf(name: string): string {
    return this.podman.must('inspect', '--format={{.State.Status}} {{.State.ExitCode}}', name);
  }

  kill(name: string): void {
    this.podman.must('kill', name);
  }

  async startAgain(name: string): Promise<void> {
    this.podman.must('start', name);
    await this.untilHealthy(name);
  }

  /** @returns what a container has said, on both streams */
  logOf(name: string): string {
    return this.podman.must('logs', name);
  }

  /**
   * Runs a command of the image of the commands beside the services.
   *
   * @param secrets names of Secrets of the file, by the setting that each of them gives
   * @throws Error with what it said
   */
  command(words: readonly string[], secrets: Readonly<Record<string, string>>, options: string[]): string {
    const given = Object.entries(secrets).flatMap(([setting, secret]) => {
      const path = `/run/secrets/${secret}`;
      return [
        `--env=${setting}_FILE=${path}`,
        `--volume=${join(this.file.folder, 'secrets', secret)}:${path}:ro`,
      ];
    });
    const authority = `--volume=${join(this.file.folder, 'secrets/internal_ca')}:/run/secrets/internal_ca:ro`;
    const image = 'localhost/patient-access/commands';
    const flags = ['--rm', '--pull=never', '--network=internal', '--read-only', '--cap-drop=ALL'];
    return this.podman.must('run', ...flags, authority, ...given, ...options, image, 'node', ...words);
  }
}
