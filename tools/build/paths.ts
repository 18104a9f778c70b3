/**
 * Converts between the path of a source and the path of its compiled form. Both are paths inside the workspace, such as
 * `apps/claims-service/src/main.ts`, so the names of the folders above the workspace do not matter.
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
