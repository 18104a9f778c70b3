/**
 * Checks objects against the Kubernetes OpenAPI schema in the package kubernetes-models. Its validators check types,
 * formats, enumerations and required fields. Its type declarations find fields that do not exist, because the schema
 * itself allows unknown fields. The kinds of operators have schemas of our own.
 */
import { join } from 'node:path';
import { Ajv2019 } from 'ajv/dist/2019.js';
import ts from 'typescript';
import { customSpec } from './custom-kinds.ts';
import type { Manifest } from './render.ts';

interface Model {
  validate(): void;
}

/** @returns what is wrong, one line each: `Kind/name: …` */
export async function schemaProblems(manifests: Manifest[]): Promise<string[]> {
  const isCustom = ({ apiVersion, kind }: Manifest) => customSpec(apiVersion, kind) !== undefined;
  const own = manifests.filter((manifest) => !isCustom(manifest));
  const invalid = await Promise.all(own.map(validate));
  return [...invalid.flat(), ...unknownFields(own), ...manifests.filter(isCustom).flatMap(customProblems)];
}

const ajv = new Ajv2019({ strict: false, allErrors: true });

function customProblems({ apiVersion, kind, metadata, spec }: Manifest): string[] {
  const valid = ajv.compile(customSpec(apiVersion, kind) ?? {});
  if (valid(spec)) return [];
  return (valid.errors ?? []).map(
    ({ instancePath, message, params }) =>
      `${kind}/${metadata.name}: spec${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

async function validate(manifest: Manifest): Promise<string[]> {
  const { apiVersion, kind } = manifest;
  const name = `${kind}/${manifest.metadata.name}`;
  try {
    const module = (await import(`kubernetes-models/${apiVersion}/${kind}`)) as Record<
      string,
      new (data: Manifest) => Model
    >;
    const Class = module[kind];
    if (!Class) return [`${name}: Kubernetes has no ${apiVersion} ${kind}`];
    new Class(manifest).validate();
    return [];
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // Node says which: a kind that no version has, or one that this version has not.
    const missing = code === 'ERR_MODULE_NOT_FOUND' || code === 'ERR_PACKAGE_PATH_NOT_EXPORTED';
    return [`${name}: ${missing ? `Kubernetes has no ${apiVersion} ${kind}` : message}`];
  }
}

/** Type-checks each object as a literal of its declared type. TypeScript reports unknown members of a literal. */
function unknownFields(manifests: Manifest[]): string[] {
  const files = new Map<string, { text: string; name: string }>();
  manifests.forEach((manifest, index) => {
    const { apiVersion, kind } = manifest;
    const type = `import('kubernetes-models/${apiVersion}/${kind}').I${kind}`;
    const text = `export const manifest: ${type} = ${JSON.stringify(manifest, null, 1)};`;
    files.set(join(import.meta.dirname, `manifest-${index}.ts`), {
      text,
      name: `${kind}/${manifest.metadata.name}`,
    });
  });
  const options: ts.CompilerOptions = {
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    types: [],
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  host.fileExists = (file) => files.has(file) || fileExists(file);
  host.readFile = (file) => files.get(file)?.text ?? readFile(file);
  host.getSourceFile = (file, language) => {
    const text = host.readFile(file);
    return text === undefined ? undefined : ts.createSourceFile(file, text, language);
  };
  const program = ts.createProgram([...files.keys()], options, host);
  return [...files].flatMap(([file, { name }]) =>
    program.getSemanticDiagnostics(program.getSourceFile(file)).map((diagnostic) => {
      const [line] = ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n').split('\n').slice(-1);
      return `${name}: ${line?.trim()}`;
    }),
  );
}
