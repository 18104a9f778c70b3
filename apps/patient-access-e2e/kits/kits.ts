/**
 * Spectral and newman, which judge what the API publishes about itself, and parsers of languages that its pages have code
 * in. `npm ci` in this folder installs them, by a lock file of their own.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const FOLDER = import.meta.dirname;
const INSTALLED = join(FOLDER, 'node_modules');

/** CI installs them; elsewhere the tests are skipped without them. */
export function kitsInstalled(): boolean {
  if (!existsSync(INSTALLED) && process.env['CI'] === 'true') {
    const { status, stderr } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: FOLDER,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`npm ci in ${FOLDER}: ${stderr}`);
  }
  return existsSync(INSTALLED);
}

const fromKits = (name: string): unknown => createRequire(join(FOLDER, 'package.json'))(name);

/** A finding of Spectral. */
interface LintFinding {
  code: string | number;
  message: string;
  path: (string | number)[];
}

interface SpectralCore {
  Spectral: new () => { setRuleset(ruleset: object): void; run(document: object): Promise<LintFinding[]> };
  Document: new (text: string, parser: unknown) => object;
}

/** @returns what the recommended rules for OpenAPI find in a document */
export async function lint(text: string): Promise<LintFinding[]> {
  const { Spectral, Document } = fromKits('@stoplight/spectral-core') as SpectralCore;
  const { Json } = fromKits('@stoplight/spectral-parsers') as { Json: unknown };
  const { oas } = fromKits('@stoplight/spectral-rulesets') as { oas: unknown };
  const spectral = new Spectral();
  spectral.setRuleset({ extends: [[oas, 'recommended']] });
  return spectral.run(new Document(text, Json));
}

interface NewmanSummary {
  run: {
    stats: { requests: { total: number }; assertions: { total: number } };
    executions: { assertions?: { assertion: string; error?: unknown }[] }[];
    failures: { source?: { name?: string }; error: { test?: string; message: string } }[];
  };
}

/** Runs a collection as `newman run` does. @param variables of its environment */
export function runCollection(
  collection: object,
  variables: Readonly<Record<string, string>>,
): Promise<NewmanSummary['run']> {
  const newman = fromKits('newman') as {
    run(options: object, done: (error: Error | null, summary: NewmanSummary) => void): void;
  };
  const envVar = Object.entries(variables).map(([key, value]) => ({ key, value }));
  return new Promise((resolve, reject) => {
    newman.run({ collection, envVar, reporters: [] }, (error, summary) => {
      if (error) reject(error);
      else resolve(summary.run);
    });
  });
}

/** @returns where code does not follow the grammar of its language; types and names are not looked at */
export function syntaxFaults(language: 'swift' | 'kotlin', code: string): string[] {
  // The optimizing compiler of V8 runs out of memory at the grammar of Swift.
  const args = ['--liftoff-only', join(FOLDER, 'syntax.js'), language];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { input: code, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as string[];
}
