import { readFileSync } from 'node:fs';

const swc = JSON.parse(readFileSync(new URL('.swcrc', import.meta.url), 'utf8'));
// Jest resolves the `.ts` specifiers itself; rewriting is for the compiled output only.
delete swc.jsc.rewriteRelativeImportExtensions;

/** What every project's jest.config.js spreads: ES modules, SWC with decorator metadata, sources instead of dist. */
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', { ...swc, swcrc: false }] },
  transformIgnorePatterns: ['/node_modules/', '/dist/'],
  moduleNameMapper: {
    '^@patient-access/(fhir|smart|events|pages|outbox|fhir-store|database|platform|testing)$':
      '<rootDir>/../../libs/$1/src/index.ts',
  },
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  testTimeout: 30_000,
};
