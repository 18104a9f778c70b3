/** Sets of resource scopes, compared by their meaning and not by their text (checklist items 59 and 76). */
import { coversType, type Permission, type ResourceScope } from './scope.ts';

const filterKey = (filter: readonly [string, string]): string => JSON.stringify(filter);

/**
 * The target of a scope, without its letters. The order of filters does not matter, and a repeated filter counts
 * once.
 */
function targetKey({ version, context, type, filters }: ResourceScope): string {
  return [version, context, type, ...new Set(filters.map(filterKey).sort())].join(' ');
}

/**
 * The union of scopes in its shortest form. It has one scope for all letters of the same target, at the place of the
 * first (`a.r a.s` is `a.rs`). Scopes of v1 stay apart from those of v2. A scope that a wildcard covers is not
 * removed, because an app looks for the names that it requested.
 */
export function mergeScopes(scopes: readonly ResourceScope[]): ResourceScope[] {
  const found = new Map<string, ResourceScope>();
  for (const scope of scopes) {
    const key = targetKey(scope);
    const permissions: ReadonlySet<Permission> = new Set([
      ...(found.get(key)?.permissions ?? []),
      ...scope.permissions,
    ]);
    found.set(key, { ...(found.get(key) ?? scope), permissions });
  }
  return [...found.values()];
}

/**
 * Does `granted` allow everything that `asked` allows? If this is uncertain, the answer is no. Values are compared as
 * text, and no list of types counts as a wildcard.
 *
 * @param namedOnly types that `*` does not cover
 */
export function covers(
  granted: readonly ResourceScope[],
  requested: ResourceScope,
  namedOnly: (type: string) => boolean,
): boolean {
  const restricted = new Set(requested.filters.map(filterKey));
  const applicable = granted.filter(
    (scope) =>
      scope.context === requested.context &&
      coversType(scope, requested.type, namedOnly(requested.type)) &&
      // More conditions show less, so every condition of the granted scope has to be among the requested ones.
      scope.filters.every((filter) => restricted.has(filterKey(filter))),
  );
  return [...requested.permissions].every((letter) =>
    applicable.some(({ permissions }) => permissions.has(letter)),
  );
}
