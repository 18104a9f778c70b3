import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import Runtime from 'jest-runtime';
import { setGlobals } from './globals.js';
import './modules.js';

const require = createRequire(import.meta.url);

/**
 * Loads test files as Node loads any module (docs/adr/0156-load-test-files-with-nodes-own-loader.md). So a module that several
 * test files of one process import is loaded, and compiled, once. Jest's own runtime would do it for each file.
 */
export default class NodeRuntime extends Runtime {
  #globals = {};

  /** Jest would let `process.getBuiltinModule` lead to its own loader. */
  installGetBuiltinModule() {}

  /** The test framework has one state, so each test file gets a new one. */
  requireInternalModule(path) {
    delete require.cache[path];
    return require(path);
  }

  requireModule(path) {
    return require(path);
  }

  unstable_shouldLoadAsEsm() {
    return true;
  }

  setGlobalsForRuntime(globals) {
    super.setGlobalsForRuntime(globals);
    this.#globals = globals;
  }

  async unstable_importModule(path) {
    setGlobals({ ...this.#globals, jest: this.jestGlobals.jestObjectFor(path) });
    // Jest's, which knows only the source maps of its own loader. Node knows those of modules.js.
    Error.prepareStackTrace = undefined;
    return import(pathToFileURL(path).href);
  }
}
