/**
 * Compares docs/kafka.md with the topology and the schema: the rights of each user, and the names of the settings.
 * `node tools/check/kafka-docs.ts` writes the table of rights anew.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KafkaConfig } from '@patient-access/kafka-client/config';
import {
  KAFKA_ACCESS,
  KAFKA_GROUPS,
  KAFKA_TOPICS,
  type KafkaAcl,
  kafkaAcls,
  type KafkaUser,
} from '@patient-access/topology';

const FILE = 'docs/kafka.md';
const TABLE = /(?<=<!-- made from libs\/topology\/src\/kafka\.ts -->\n\n)[\s\S]*?(?=\n<!-- end -->)/;

const settingOf = (name: string): string =>
  [...Object.values(KAFKA_TOPICS), ...Object.values(KAFKA_GROUPS)].find((each) => each.name === name)
    ?.setting ?? '';

/** One row for each user and resource. */
function rows(user: KafkaUser): string[][] {
  const of = new Map<string, KafkaAcl[]>();
  for (const acl of kafkaAcls(user)) {
    const key = `${acl.resource} ${acl.name}`;
    of.set(key, [...(of.get(key) ?? []), acl]);
  }
  return [...of.values()].map((acls) => {
    const [{ resource = '', name = '' } = {}] = acls;
    const operations = acls.map(({ operation }) => operation).join(', ');
    return [user, resource, `\`${name}\``, `\`${settingOf(name)}\``, operations];
  });
}

function table(): string {
  const head = ['user', 'resource', 'name', 'setting that names it', 'operations'];
  const body = (Object.keys(KAFKA_ACCESS) as KafkaUser[]).flatMap(rows);
  const widths = head.map((_, at) => Math.max(...[head, ...body].map((row) => row[at]?.length ?? 0)));
  const line = (cells: string[]) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n') + '\n';
}

const expected = (root: string): string => readFileSync(join(root, FILE), 'utf8').replace(TABLE, table);

/** @returns what is wrong, or undefined */
export function outdatedKafkaDocs(root: string): string | undefined {
  const text = readFileSync(join(root, FILE), 'utf8');
  const rowNames = [...text.matchAll(/^\| `(KAFKA_\w+)`/gm)].map(([, name]) => name ?? '');
  const known = Object.keys(KafkaConfig.shape);
  const problems = [
    ...(text === expected(root)
      ? []
      : [`${FILE} has other rights than libs/topology: node tools/check/kafka-docs.ts`]),
    ...known.filter((name) => !rowNames.includes(name)).map((name) => `${FILE}: has no row for ${name}`),
    ...rowNames.filter((name) => !known.includes(name)).map((name) => `${FILE}: ${name} is no setting`),
  ];
  return problems.length > 0 ? problems.join('\n') : undefined;
}

if (import.meta.main) writeFileSync(FILE, expected('.'));
