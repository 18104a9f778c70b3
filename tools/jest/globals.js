/**
 * What test files import as `@jest/globals`. Modules that several test files share see what the current file was given,
 * because an import is bound to the variable and not to its value.
 */
export let afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest, test;

/** @param {object} globals of the test file that is about to be loaded */
export function setGlobals(globals) {
  ({ afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest, test } = globals);
}
