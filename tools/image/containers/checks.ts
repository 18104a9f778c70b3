/** What has to be true of an image that was built. */
import { COMMANDS, COMMANDS_IMAGE } from '../images.ts';
import type { Podman } from './podman.ts';

const MAX_BYTES = 130_000_000;
/** A service that is not told its settings ends with this code (EX_CONFIG of sysexits.h). */
const WITHOUT_SETTINGS = 78;
const WRONG_USAGE = 2;

/** As `k8s/base/workload` runs it. */
const RESTRICTED = [
  ...['--rm', '--pull=never', '--network=none', '--read-only'],
  ...['--cap-drop=ALL', '--security-opt=no-new-privileges', '--user=1000:1000'],
];

const sizeOf = (podman: Podman, image: string) =>
  Number(podman.must('image', 'inspect', '--format', '{{.Size}}', image));

function startProblems(podman: Podman, name: string, image: string): string[] {
  const isService = name !== COMMANDS_IMAGE;
  const command = isService ? [] : ['node', COMMANDS.migrate];
  const { status, said } = podman.run('run', ...RESTRICTED, image, ...command);
  const [code, text] = isService
    ? [WITHOUT_SETTINGS, 'wrong configuration']
    : [WRONG_USAGE, '--service: one of'];
  return status === code && said.includes(text) ? [] : [`ends with ${status}, and says ${said.slice(-500)}`];
}

/** @returns what is wrong with an image, one line each */
export function imageProblems(podman: Podman, name: string, image: string, base: string): string[] {
  const bytes = sizeOf(podman, image) - sizeOf(podman, base);
  const labels = podman.must('image', 'inspect', '--format', '{{json .Labels}}', image);
  return [
    ...(bytes < MAX_BYTES ? [] : [`has ${bytes} bytes above its base`]),
    ...(labels.includes(`"org.opencontainers.image.title":"Payer Patient Access API: ${name}"`)
      ? []
      : [`has the labels ${labels}`]),
    ...startProblems(podman, name, image),
  ];
}
