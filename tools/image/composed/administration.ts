/** Runs the pods for commands by hand (k8s/base/administration) beside the composed system: as they are rendered there. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Podman } from '../containers/podman.ts';

const SECRETS = '/run/secrets/patient-access';

interface Variable {
  name: string;
  value?: string;
  valueFrom?: { configMapKeyRef: { key: string } };
}

interface KubernetesObject {
  kind: string;
  metadata: { name: string };
  data?: Record<string, string>;
  stringData?: Record<string, string>;
  spec?: {
    jobTemplate: {
      spec: {
        template: {
          spec: {
            containers: [{ command: string[]; env: Variable[] }];
            volumes: { name: string; secret?: { secretName: string } }[];
          };
        };
      };
    };
  };
}

const objectsIn = (text: string): KubernetesObject[] =>
  parseAllDocuments(text).flatMap((document) => (document.toJS() as KubernetesObject | null) ?? []);

/** @returns what `k8s/secrets.sh` prints, with the values of compose.yaml */
function printedSecrets(root: string, docker: string): KubernetesObject[] {
  const [values, authority] = [join(docker, 'secrets'), join(docker, 'secrets/internal_ca')];
  const settings = { NAMESPACE: 'n', POSTGRES_HOST: 'postgres', POSTGRES_CA: authority, KAFKA_CA: authority };
  const given = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  return objectsIn(
    execFileSync('env', [...given, 'sh', join(root, 'k8s/secrets.sh'), values], { encoding: 'utf8' }),
  );
}

export class AdministrationPods {
  private readonly podman: Podman;
  private readonly folder: string;
  private readonly rendered: KubernetesObject[];
  private readonly secrets: KubernetesObject[];
  private readonly configured: Readonly<Record<string, string>>;
  private readonly waiting = new Set<string>();

  /**
   * @param root of the workspace
   * @param folder has `docker` with the Secrets; the pods' are written beside it
   * @param configured what an overlay says otherwise
   */
  constructor(podman: Podman, root: string, folder: string, configured: Readonly<Record<string, string>>) {
    this.podman = podman;
    this.folder = join(folder, 'pods');
    this.configured = configured;
    const base = execFileSync('kubectl', ['kustomize', join(root, 'k8s/base')], { encoding: 'utf8' });
    this.rendered = objectsIn(base);
    this.secrets = printedSecrets(root, join(folder, 'docker'));
  }

  /** `kubectl exec -i job/NAME -- …`, after the Job was made. @throws Error with what it said */
  exec(name: string, words: readonly string[], input = ''): string {
    if (!this.waiting.has(name)) this.start(name);
    return this.podman.mustWith(input, 'exec', '--interactive', name, ...words);
  }

  /** `kubectl delete job NAME` */
  delete(name: string): void {
    this.podman.must('rm', '--force', '--time=1', name);
    this.waiting.delete(name);
  }

  /** `kubectl create job NAME --from=cronjob/NAME`, and the wait until it is ready. */
  private start(name: string): void {
    const spec = this.rendered.find((each) => each.kind === 'CronJob' && each.metadata.name === name)?.spec;
    if (!spec) throw new Error(`k8s/base has no CronJob ${name}`);
    const { containers, volumes } = spec.jobTemplate.spec.template.spec;
    const [{ command, env }] = containers;
    const secret = volumes.find((volume) => volume.name === 'secrets')?.secret?.secretName ?? '';
    this.podman.must(
      ...['run', '--detach', `--name=${name}`, '--pull=never', '--network=internal', '--user=1000:1000'],
      ...['--read-only', '--read-only-tmpfs=false', '--tmpfs=/tmp', '--cap-drop=ALL'],
      ...['--security-opt=no-new-privileges', `--volume=${this.writeSecret(secret)}:${SECRETS}:ro`],
      ...env.map((variable) => `--env=${variable.name}=${this.valueOf(variable)}`),
      'localhost/patient-access/commands',
      ...command,
    );
    this.waiting.add(name);
  }

  private valueOf({ value, valueFrom }: Variable): string {
    if (value !== undefined) return value;
    const key = valueFrom?.configMapKeyRef.key ?? '';
    const map = this.rendered.find(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name.startsWith('patient-access'),
    );
    return this.configured[key] ?? map?.data?.[key] ?? '';
  }

  /** @returns the folder that the pod mounts, with a file for each key */
  private writeSecret(name: string): string {
    const values = this.secrets.find(({ metadata }) => metadata.name === name)?.stringData;
    if (!values) throw new Error(`k8s/secrets.sh prints no ${name}`);
    const folder = join(this.folder, name);
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    for (const [key, value] of Object.entries(values))
      writeFileSync(join(folder, key), value, { mode: 0o644 });
    return folder;
  }
}
