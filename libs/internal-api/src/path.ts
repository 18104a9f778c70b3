/**
 * Fills the parameters of a path of this contract.
 *
 * @param path as the controller declares it, with `:name` for a parameter
 * @param values by name; each is encoded for one segment of a path
 */
export function pathTo(path: string, values: Readonly<Record<string, string>>): string {
  return path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(values[name] ?? ''));
}
