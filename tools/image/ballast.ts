/** Files of packages that no program loads: sources, tests, maps, pages for readers, and drivers of other databases. */
const BALLAST: readonly RegExp[] = [
  // Declarations and sources: Node runs no TypeScript of packages.
  /\.[cm]?ts$/,
  /\.test\.[cm]?js$/,
  /\.(?:map|flow|tsbuildinfo|markdown|md)$/i,
  /(?:^|\/)(?:test|tests|__tests__|example|examples|benchmark|benchmarks|docs|\.github)\//,
  // Prisma has a compiler of queries for each database, in two sizes, and each as a module of both kinds.
  /@prisma\/client\/runtime\/query_compiler_(?!fast_bg\.postgresql\.[^/]*mjs$)/,
  /@prisma\/client\/(?:generator-build|scripts)\//,
  /@prisma\/client\/runtime\/wasm-compiler-edge/,
  // The browser's form of these packages, in one file.
  /node_modules\/(?:pdfkit\/js\/pdfkit\.standalone|rxjs\/(?:dist\/bundles|src)\/|zod\/src\/)/,
];

/** @param path of a file, from the root of the workspace @returns whether an image is without it */
export const isBallast = (path: string): boolean => BALLAST.some((pattern) => pattern.test(path));
