/** Runs commands in one process, which is started for the first of them. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { COMPILE_CACHE } from '@patient-access/testing';
import type { Ended, HostedRun } from './command-host.ts';

const HOST = resolve(import.meta.dirname, 'command-host.ts');

export class CommandHost {
  private host: ChildProcess | undefined;
  private last: Promise<unknown> = Promise.resolve();

  /** Runs a command after those that were asked for before. */
  run(asked: HostedRun): Promise<Ended> {
    const ended = this.last.then(() => this.ask(asked));
    this.last = ended.catch(() => undefined);
    return ended;
  }

  /** Lets the process end by itself: then it keeps what it has compiled. */
  async end(): Promise<void> {
    const { host } = this;
    if (!host) return;
    const ended = once(host, 'exit');
    host.disconnect();
    await ended;
  }

  private ask(asked: HostedRun): Promise<Ended> {
    this.host ??= fork(HOST, { env: { PATH: '', ...COMPILE_CACHE }, execArgv: [] });
    const { host } = this;
    return new Promise((done, failed) => {
      const onExit = (code: number | null) => {
        this.host = undefined;
        failed(new Error(`the process of the commands has ended: ${code}`));
      };
      host.once('exit', onExit);
      host.once('message', (ended: Ended) => {
        host.off('exit', onExit);
        done(ended);
      });
      host.send(asked);
    });
  }
}
