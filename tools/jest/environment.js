import { ModernFakeTimers } from '@jest/fake-timers';
import { ModuleMocker } from 'jest-mock';

/**
 * What Jest and its test framework leave in the globals for the next file of the same process. The state leads to all that
 * the tests of a file have used, some 20 megabytes of services, and its symbol is another one for each file.
 */
const LEFT = ['EVENT_HANDLERS', 'JEST_STATE_SYMBOL', 'TEST_TIMEOUT_SYMBOL'];

/**
 * The environment of a test file: the process itself, and no context of its own. When the file has ended, the process has
 * the console, the exit, the environment variables and the timers that it had before.
 */
export default class ProcessEnvironment {
  global = globalThis;
  moduleMocker = new ModuleMocker(globalThis);
  /** Jest's older ones, which nothing uses. */
  fakeTimers = null;
  #before = { console: globalThis.console, exit: process.exit, env: { ...process.env } };

  /** @param {{ projectConfig: object }} config of Jest */
  constructor({ projectConfig }) {
    this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global: globalThis });
  }

  async setup() {}

  async teardown() {
    this.fakeTimersModern.dispose();
    const { console, exit, env } = this.#before;
    globalThis.console = console;
    process.exit = exit;
    for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
    Object.assign(process.env, env);
    for (const symbol of Object.getOwnPropertySymbols(globalThis))
      if (LEFT.includes(symbol.description)) delete globalThis[symbol];
  }

  getVmContext() {
    return null;
  }
}
