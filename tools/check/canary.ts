import { join } from 'node:path';
import { ESLint } from 'eslint';
import ts from 'typescript-eslint';

interface Violation {
  /** the path at which it is linted */
  file: string;
  source: string;
  /** which has to report it */
  rule: string;
  /** the rule asks for the types of the whole project, which take seconds to be read */
  isTyped?: true;
}

const VIOLATIONS: Violation[] = [
  {
    file: 'libs/smart/src/scope.ts',
    source: "import { createPool } from '@patient-access/database';\nexport const pool = createPool;\n",
    rule: '@nx/enforce-module-boundaries',
  },
  {
    file: 'apps/fhir-gateway/src/discovery/tenant-directory.ts',
    source: "import { Ingest } from '@patient-access/fhir-store/ingest';\nexport const ingest = Ingest;\n",
    rule: '@nx/enforce-module-boundaries',
  },
  {
    file: 'libs/fhir/src/path.ts',
    source: "import { readFileSync } from 'node:fs';\nexport const read = readFileSync;\n",
    rule: 'no-restricted-imports',
  },
  {
    file: 'libs/fhir/src/path.ts',
    source: 'export const now = Date.now();\n',
    rule: 'no-restricted-properties',
  },
  {
    file: 'libs/pages/src/html.ts',
    source: "import { readFileSync } from 'node:fs';\nexport const read = readFileSync;\n",
    rule: 'no-restricted-imports',
  },
  {
    file: 'apps/claims-service/src/main.ts',
    source: "import { startPostgres } from '@patient-access/testing';\nexport const start = startPostgres;\n",
    rule: 'no-restricted-imports',
  },
  {
    file: 'libs/fhir-store/src/sql/row-scope.ts',
    source: "export const url = process.env['DATABASE_URL'];\n",
    rule: 'no-restricted-syntax',
  },
  {
    file: 'apps/auth-service/src/provider/provider.ts',
    source: "export const page = fetch('https://example.com');\n",
    rule: 'no-restricted-globals',
  },
  {
    file: 'apps/auth-service/src/provider/provider.ts',
    source: 'export const get = globalThis.fetch;\n',
    rule: 'no-restricted-properties',
  },
  ...[
    "import { request } from 'undici';\nexport const out = request;\n",
    "import { get } from 'node:https';\nexport const out = get;\n",
    "import { connect } from 'net';\nexport const out = connect;\n",
    "import { createRemoteJWKSet } from 'jose';\nexport const out = createRemoteJWKSet;\n",
  ].map((source) => ({
    file: 'apps/auth-service/src/provider/provider.ts',
    source,
    rule: '@typescript-eslint/no-restricted-imports',
  })),
  ...[
    ['domain/consent/consents.ts', '../../provider/adapters/record-adapter.ts'],
    ['domain/consent/consents.ts', '../../egress/egress.ts'],
    ['egress/egress.ts', '../provider/services.ts'],
    ['provider/provider.ts', '../web/pages/layout.ts'],
    ['provider/audit/trail-client.ts', '../../module.ts'],
    ['web/admin/clients.controller.ts', '../../commands/seed.ts'],
  ].map(([file, from]) => ({
    file: `apps/auth-service/src/${file}`,
    source: `import type { Up } from '${from}';\nexport type Here = Up;\n`,
    rule: 'no-restricted-imports',
  })),
  {
    file: 'apps/auth-service/src/provider/provider.ts',
    source: "import cache from 'oidc-provider/lib/helpers/weak_cache.js';\nexport const internals = cache;\n",
    rule: '@typescript-eslint/no-restricted-imports',
  },
  {
    file: 'libs/smart/src/scope.ts',
    source:
      "export function f(of: 'a' | 'b') {\n  switch (of) {\n    case 'a':\n      return 1;\n    default:\n      return 2;\n  }\n}\n",
    rule: '@typescript-eslint/switch-exhaustiveness-check',
    isTyped: true,
  },
  ...['@nestjs/common', 'oidc-provider', '../../config.ts'].map((from) => ({
    file: 'apps/auth-service/src/domain/consent/consents.ts',
    source: `import { run } from '${from}';\nexport const here = run;\n`,
    rule: '@typescript-eslint/no-restricted-imports',
  })),
  ...[
    "export const inside = () => import('oidc-provider/lib/helpers/weak_cache.js');\n",
    'export const patch = (model: { prototype: object }) => model.prototype;\n',
    "export const patch = (model: object) => Object.defineProperty(model, 'find', {});\n",
    'export const patch = (model: { find?: () => void }) => (model.find = () => undefined);\n',
    "import Provider from 'oidc-provider';\nexport class Another extends Provider {}\n",
  ].map((source) => ({
    file: 'apps/auth-service/src/provider/smart-provider.ts',
    source,
    rule: 'no-restricted-syntax',
  })),
];

/**
 * Proves that the rules about the architecture can fail: each planted violation has to be found.
 *
 * @returns the violations that were not found, or undefined when all were found
 */
export async function boundaryCanary(root: string): Promise<string | undefined> {
  const typed = new ESLint({ cwd: root });
  const untyped = new ESLint({ cwd: root, overrideConfig: ts.configs.disableTypeChecked });
  const missed: string[] = [];
  for (const { file, source, rule, isTyped = false } of VIOLATIONS) {
    const eslint = isTyped ? typed : untyped;
    const [result] = await eslint.lintText(source, { filePath: join(root, file) });
    if (!result?.messages.some((message) => message.ruleId === rule))
      missed.push(`${rule} let this pass in ${file}:\n${source}`);
  }
  return missed.length > 0 ? missed.join('\n') : undefined;
}
