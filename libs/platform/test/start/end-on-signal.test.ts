/** A service that is asked to end while it starts. In its container it would not hear of a signal to which it does not listen. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from '@jest/globals';

it.each(['SIGTERM', 'SIGINT'] as const)(
  'ends by itself at %s',
  async (signal) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'slow-start.js')]);
    const log = text(child.stdout);
    await once(child.stderr, 'data');
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(await log).toContain('stopped before the start');
  },
  60_000,
);
