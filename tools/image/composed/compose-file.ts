/** Reads docker/compose.yaml as far as the composed system is run from it. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';

export interface ComposeService {
  image: string;
  networks: string[];
  profiles?: string[];
  restart?: string;
  environment?: Record<string, string>;
  secrets?: (string | { source: string; target: string })[];
  volumes?: string[];
  ports?: string[];
  tmpfs?: string[];
  cap_drop?: string[];
  security_opt?: string[];
  read_only?: boolean;
  entrypoint?: string[];
  command?: string[];
  healthcheck?: { test: string[] };
  depends_on?: Record<string, { condition: 'service_healthy' | 'service_completed_successfully' }>;
}

export interface ComposeFile {
  /** the folder of the file, from which its paths go */
  folder: string;
  services: Record<string, ComposeService>;
  networks: Record<string, { internal?: boolean }>;
  volumes: Record<string, object>;
  secrets: Record<string, { file: string }>;
}

/** `${NAME:-default}`, and `$$` for `$` (Compose Specification, "Interpolation"). */
const interpolated = (text: string, variables: Readonly<Record<string, string>>): string =>
  text.replace(/\$\$|\$\{(\w+):-([^}]*)\}/g, (whole, name: string, otherwise: string) =>
    whole === '$$' ? '$' : (variables[name] ?? otherwise),
  );

/** @param variables the environment of `docker compose` */
export function readComposeFile(file: string, variables: Readonly<Record<string, string>>): ComposeFile {
  const compose = parse(readFileSync(file, 'utf8'), { merge: true }) as unknown;
  const text = JSON.stringify(compose, (_, value: unknown) =>
    typeof value === 'string' ? interpolated(value, variables) : value,
  );
  return { ...(JSON.parse(text) as ComposeFile), folder: dirname(file) };
}

/** @returns source and target of a service's Secrets, as paths on this machine and in the container */
export const secretsOf = ({ folder, secrets }: ComposeFile, service: ComposeService): [string, string][] =>
  (service.secrets ?? []).map((secret) => {
    const [source, target] = typeof secret === 'string' ? [secret, secret] : [secret.source, secret.target];
    return [join(folder, secrets[source]?.file ?? ''), `/run/secrets/${target}`];
  });
