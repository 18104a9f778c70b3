import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import ts from 'typescript-eslint';

/** Who may import whom. What is not listed is refused. */
const BOUNDARIES = [
  { sourceTag: 'type:kernel', onlyDependOnLibsWithTags: ['type:kernel'] },
  // It runs in browsers.
  { sourceTag: 'type:viewer', onlyDependOnLibsWithTags: ['type:kernel'] },
  { sourceTag: 'type:platform', onlyDependOnLibsWithTags: ['type:kernel', 'type:development'] },
  { sourceTag: 'type:database', onlyDependOnLibsWithTags: ['type:kernel', 'type:development'] },
  {
    sourceTag: 'type:engine',
    onlyDependOnLibsWithTags: [
      'type:kernel',
      'type:platform',
      'type:database',
      'type:engine',
      'type:development',
    ],
  },
  {
    sourceTag: 'type:development',
    onlyDependOnLibsWithTags: ['type:kernel', 'type:database', 'type:platform'],
  },
  {
    sourceTag: 'type:app',
    onlyDependOnLibsWithTags: [
      'type:kernel',
      'type:platform',
      'type:database',
      'type:engine',
      'type:development',
    ],
  },
  // The gateway cannot reach a database, not even through an engine.
  {
    sourceTag: 'scope:gateway',
    onlyDependOnLibsWithTags: ['type:kernel', 'type:platform', 'type:development'],
  },
  {
    sourceTag: 'type:tool',
    onlyDependOnLibsWithTags: [
      'type:kernel',
      'type:platform',
      'type:database',
      'type:engine',
      'type:development',
      'type:tool',
    ],
  },
  {
    sourceTag: 'type:e2e',
    onlyDependOnLibsWithTags: ['type:kernel', 'type:database', 'type:development', 'type:tool'],
  },
];

/** The kernel is pure: no framework, no I/O, no clock. */
const NOT_IN_KERNEL = ['@nestjs/*', 'fastify', 'pg', 'undici', 'kafkajs', 'node:*', '!node:crypto', 'pino'];

/** What can open a connection. A type opens none. */
const CONNECTING = [
  'undici',
  'http',
  'https',
  'http2',
  'net',
  'tls',
  'dgram',
  'dns',
  'dns/*',
  'openid-client/*',
  'nodemailer',
  'nodemailer/*',
];
const NOT_OUT =
  'auth-service has one way out, src/egress (an Egress is a fetch), and one to audit-service, src/provider/audit/trail-client.ts.';

const WAYS_OUT = ['apps/auth-service/src/egress/**', 'apps/auth-service/src/provider/audit/trail-client.ts'];

/** Imports that can open a connection. */
const CONNECTIONS = [
  {
    group: CONNECTING.flatMap((name) => [name, `node:${name}`]),
    allowTypeImports: true,
    message: NOT_OUT,
  },
  { group: ['jose'], importNames: ['createRemoteJWKSet'], message: NOT_OUT },
];

/** What oidc-provider does not publish can change with any version. */
const NOT_PUBLISHED = {
  group: ['oidc-provider/*'],
  message: 'A private module of oidc-provider is imported by a patch alone: src/provider/patches/.',
};

const NOT_TESTING = { group: ['@patient-access/testing'], message: 'Not in production.' };

/** The storeys of auth-service, and what stands above each: imports go down only. */
const ABOVE = {
  domain: ['egress', 'provider', 'web', 'commands'],
  egress: ['provider', 'web', 'commands'],
  provider: ['web', 'commands'],
  web: ['commands'],
  commands: ['web'],
};

/** The entry points stand above all storeys. */
const notUpFrom = (storey) => ({
  regex: `^(\\.\\./)+((${ABOVE[storey].join('|')})/|(main|module|admin)\\.ts$)`,
  message: `${storey} imports nothing from above it: see "Inside auth-service" in ARCHITECTURE.md.`,
});

/** domain is SQL and pure functions. A type runs nothing. */
const NOT_IN_DOMAIN = {
  group: ['@nestjs/*', 'fastify', 'oidc-provider', '@patient-access/platform', '**/config.ts'],
  allowTypeImports: true,
  message: 'domain runs without Nest, without oidc-provider and without the environment.',
};

/** What is refused everywhere but in {@link ENVIRONMENT_READERS}. */
const NOT_ANYWHERE = [
  {
    selector: "MemberExpression[object.name='process'][property.name='env']",
    message: 'Configuration is parsed once, in config.ts.',
  },
  {
    selector: 'Literal[value=/^\\s*SET\\s+(?!TRANSACTION)/i]',
    message: 'Session settings outlive a transaction: set_config(…, true).',
  },
];

const PATCHES = 'apps/auth-service/src/provider/patches/**';

/** How oidc-provider can be changed from outside, beside a static import of its private modules. */
const NOT_PATCHING = [
  'ImportExpression[source.value=/^oidc-provider\\//]',
  "MemberExpression[property.name='prototype']",
  "CallExpression[callee.object.name='Object'][callee.property.name=/^(defineProperty|defineProperties|setPrototypeOf)$/]",
  "AssignmentExpression[left.property.name='find']",
  "ClassDeclaration[superClass.name='Provider']",
].map((selector) => ({
  selector,
  message: 'What patches oidc-provider is a file of its own in src/provider/patches (ADR 49).',
}));

/** The one place of each program where its environment is read; and tests. */
const ENVIRONMENT_READERS = [
  'libs/platform/src/service.ts',
  'libs/testing/src/chromium.ts',
  'libs/testing/src/engines.ts',
  'libs/testing/src/filled.ts',
  'libs/testing/src/page-check.ts',
  'libs/testing/src/pooler.ts',
  'tools/preview/with-settings.ts',
  '**/options.ts',
  '**/config.ts',
  'tools/{migrate,first-call,kafka,bench}/main.ts',
  'tools/build/generate.ts',
  'apps/patient-access-e2e/**',
  '**/*.test.ts',
  '**/test/**',
];

export default ts.config(
  {
    ignores: [
      '**/*.js',
      '**/dist/**',
      '**/out-app/**',
      '**/out-tsc/**',
      '**/generated/**',
      '**/node_modules/**',
      '.nx/**',
      '.local/**',
    ],
  },
  ...ts.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    plugins: { '@nx': nx },
    languageOptions: {
      parserOptions: {
        projectService: true,
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        { allow: [], enforceBuildableLibDependency: false, depConstraints: BOUNDARIES },
      ],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 40, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  {
    files: ['**/*.{ts,tsx}'],
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: false },
      ],
    },
  },
  {
    files: ['apps/**/*.ts', 'libs/**/*.ts', 'tools/**/*.ts'],
    ignores: ENVIRONMENT_READERS,
    rules: { 'no-restricted-syntax': ['error', ...NOT_ANYWHERE] },
  },
  {
    files: ['apps/auth-service/src/**/*.ts'],
    ignores: [...ENVIRONMENT_READERS, PATCHES],
    rules: { 'no-restricted-syntax': ['error', ...NOT_ANYWHERE, ...NOT_PATCHING] },
  },
  {
    files: ['apps/*/src/**/*.ts', 'libs/!(testing)/src/**/*.ts'],
    rules: {
      'no-restricted-imports': ['error', { patterns: [NOT_TESTING] }],
    },
  },
  {
    files: ['libs/{fhir,smart,events,pages,internal-api,concurrency,topology}/src/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: NOT_IN_KERNEL, message: 'The kernel is pure TypeScript.' }] },
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'The kernel has no clock.' },
      ],
    },
  },
  {
    files: ['apps/auth-service/src/**/*.ts'],
    ignores: WAYS_OUT,
    rules: {
      'no-restricted-globals': [
        'error',
        ...['fetch', 'WebSocket', 'EventSource'].map((name) => ({ name, message: NOT_OUT })),
      ],
      'no-restricted-properties': [
        'error',
        ...['globalThis', 'global'].map((object) => ({ object, property: 'fetch', message: NOT_OUT })),
      ],
      '@typescript-eslint/no-restricted-imports': ['error', { patterns: [...CONNECTIONS, NOT_PUBLISHED] }],
    },
  },
  {
    files: ['apps/auth-service/src/provider/patches/**/*.ts'],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns: CONNECTIONS }] },
  },
  ...Object.keys(ABOVE).map((storey) => ({
    files: [`apps/auth-service/src/${storey}/**/*.ts`],
    rules: { 'no-restricted-imports': ['error', { patterns: [NOT_TESTING, notUpFrom(storey)] }] },
  })),
  {
    files: ['apps/auth-service/src/domain/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { patterns: [...CONNECTIONS, NOT_PUBLISHED, NOT_IN_DOMAIN] },
      ],
    },
  },
  // Generated tables: a line for each element of R4.
  { files: ['libs/fhir/src/profile/r4-{rules,value-sets}.ts'], rules: { 'max-lines': 'off' } },
  {
    files: ['tools/**/*.ts', 'apps/*/src/admin.ts', 'apps/*/src/**/command.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['**/*.test.ts', '**/test/**/*.ts', 'apps/patient-access-e2e/**/*.ts'],
    rules: { 'max-lines-per-function': 'off', 'no-console': 'off' },
  },
  prettier,
);
