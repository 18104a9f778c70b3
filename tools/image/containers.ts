/**
 * `npm run test:images`: builds every image with podman from docker/Dockerfile, starts each as Kubernetes does, and then all
 * of them together as docker/compose.yaml says, with Postgres and Kafka. It needs root, podman, runc, netavark,
 * aardvark-dns, iptables, mmdebstrap, Java and Maven (Debian), and no registry of images. It leaves nothing behind.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { runComposed } from './composed/main.ts';
import { makeBase } from './containers/base.ts';
import { BUILT, imageProblems } from './containers/checks.ts';
import { Podman } from './containers/podman.ts';
import { IMAGES } from './images.ts';
import { writeTree } from './tree.ts';

const root = resolve(import.meta.dirname, '../..');
const work = mkdtempSync(join(tmpdir(), 'patient-access-containers-'));
const podman = new Podman(join(work, 'podman'));

/** Builds an image from the files that are written already, so that nothing is installed and built twice. */
function build(name: string, base: string): string {
  const image = `localhost/patient-access/${name}`;
  const settings = { NODE_IMAGE: base, FILES: base, IMAGE: name, ...BUILT };
  podman.must(
    ...[
      'build',
      '--quiet',
      '--pull=never',
      '--network=none',
      '--format=docker',
      '--file',
      join(root, 'docker/Dockerfile'),
    ],
    ...['--build-context', `files=${join(work, 'files')}`, '--tag', image],
    ...Object.entries(settings).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]),
    join(work, 'empty'),
  );
  return image;
}

function leaveNothing(): void {
  podman.close();
  rmSync(work, { recursive: true, force: true });
}
// What is left of networks would stand in the way of the next run.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    leaveNothing();
    process.exit(1);
  });

let [passed, failed] = [0, 0];
try {
  mkdirSync(join(work, 'empty'));
  const base = makeBase(podman, root, join(work, 'base'));
  for (const [name, image] of IMAGES) {
    const folder = join(work, 'files/images', name);
    mkdirSync(folder, { recursive: true });
    writeTree(root, folder, name, image);
    const problems = imageProblems(podman, name, build(name, base), base);
    for (const problem of problems) console.error(`${name}: ${problem}`);
    if (problems.length === 0) console.log(`${name}: built, and started as Kubernetes does`);
    if (problems.length === 0) passed += 1;
    else failed += 1;
  }
  if (failed > 0) throw new Error('not run together, as an image is wrong');
  const composed = join(work, 'composed');
  mkdirSync(composed);
  for await (const seen of runComposed(podman, root, composed)) {
    console.log(`together: ${seen}`);
    passed += 1;
  }
} catch (error) {
  console.error((error as Error).message);
  failed += 1;
} finally {
  leaveNothing();
}
console.log(`${passed} passed, ${failed} failed`);
if (failed > 0) process.exitCode = 1;
