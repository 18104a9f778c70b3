/**
 * Where a source's compiled form is. Both are paths in the workspace, `apps/claims-service/src/main.ts`: what the folders
 * above the workspace are called says nothing.
 */
const SOURCE = /^((?:apps|libs)\/[^/]+)\/src\/(.+)\.ts$/;
const COMPILED = /^((?:apps|libs)\/[^/]+)\/dist\/(.+)\.js$/;

function moved(file: string, from: RegExp, to: string): string {
  if (!from.test(file)) throw new Error(`no path of a project in the workspace: ${file}`);
  return file.replace(from, to);
}

/** @throws Error when the path is not `{apps,libs}/{project}/src/….ts` */
export const compiledPath = (file: string): string => moved(file, SOURCE, '$1/dist/$2.js');

/** @throws Error when the path is not `{apps,libs}/{project}/dist/….js` */
export const sourcePath = (file: string): string => moved(file, COMPILED, '$1/src/$2.ts');
