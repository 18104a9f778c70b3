/** `npm start`: the whole API on this machine, with two preview plans and synthetic members. */
import { startFailure } from './start-failure.ts';
import { mailDirectory, printMails } from './mails.ts';
import { previewOptions } from './options.ts';
import { whenParentEnds } from './parent.ts';
import { Preview } from './preview.ts';
import { useNoProxy } from './proxy.ts';
import { printWelcome } from './welcome.ts';

const startedAt = Date.now();
let preview: Preview | undefined;

async function end(code: number, line?: string): Promise<never> {
  if (line) console.error(line);
  await preview?.stop();
  process.exit(code);
}

let asked = false;
function stopOnce(): void {
  // One Ctrl-C sends the signal twice, from the terminal and from npm. The second one must not interrupt the stop.
  if (!asked) void end(0, '\nstopping …');
  asked = true;
}

// A terminal that was closed sends SIGHUP, and takes no more output.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stopOnce);
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

try {
  useNoProxy();
  const options = previewOptions();
  if (options.startedByNpm) whenParentEnds(stopOnce);
  preview = new Preview(options);
  const description = await preview.start();
  printWelcome(description, Date.now() - startedAt);
  await printMails(mailDirectory(options.directory));
  await end(1, await preview.whenSomethingEnds());
} catch (error) {
  if (!asked) await end(1, `not started: ${startFailure(error)}`);
}
