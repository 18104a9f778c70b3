/** What has to be true of an image that was built. */
import { COMMANDS, COMMANDS_IMAGE } from '../images.ts';
import type { Podman } from './podman.ts';

/** The arguments of the build that say what the image is. */
export const BUILT = { VERSION: '0.0.0-test', REVISION: '0123456789abcdef0123456789abcdef01234567' };

const MAX_BYTES = 130_000_000;
/** A service that is not told its settings ends with this code (EX_CONFIG of sysexits.h). */
const WITHOUT_SETTINGS = 78;
const WRONG_USAGE = 2;

/** As `k8s/base/workload` runs it. */
const RESTRICTED = [
  ...['--rm', '--pull=never', '--network=none', '--read-only'],
  ...['--cap-drop=ALL', '--security-opt=no-new-privileges', '--user=1000:1000'],
];

const LABELS = (name: string) => ({
  'org.opencontainers.image.title': `Payer Patient Access API: ${name}`,
  'org.opencontainers.image.version': BUILT.VERSION,
  'org.opencontainers.image.revision': BUILT.REVISION,
});

function labelProblems(podman: Podman, name: string, image: string): string[] {
  const json = podman.must('image', 'inspect', '--format', '{{json .Labels}}', image);
  const labels = JSON.parse(json) as Record<string, string>;
  return Object.entries(LABELS(name))
    .filter(([label, value]) => labels[label] !== value)
    .map(([label, value]) => `${label} is ${labels[label]}, not ${value}`);
}

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
  return [
    ...(bytes < MAX_BYTES ? [] : [`has ${bytes} bytes above its base`]),
    ...labelProblems(podman, name, image),
    ...startProblems(podman, name, image),
  ];
}
