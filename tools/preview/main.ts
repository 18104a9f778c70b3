/** `npm start`: the whole API on this machine, with two preview plans and synthetic members. */
import { Preview } from './preview.ts';
import { mailDirectory, printMails } from './mails.ts';
import { previewOptions } from './options.ts';
import { printWelcome } from './welcome.ts';

const startedAt = Date.now();
let preview: Preview | undefined;

async function end(code: number, line?: string): Promise<never> {
  if (line) console.error(line);
  await preview?.stop();
  process.exit(code);
}

let asked = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // One Ctrl-C sends the signal twice, from the terminal and from npm. The second one must not interrupt the stop.
  process.on(signal, () => {
    if (!asked) void end(0, '\nstopping …');
    asked = true;
  });
}

try {
  const options = previewOptions();
  preview = new Preview(options);
  const description = await preview.start();
  printWelcome(description, Date.now() - startedAt);
  await printMails(mailDirectory(options.directory));
  await end(1, await preview.whenSomethingEnds());
} catch (error) {
  await end(1, `not started: ${error instanceof Error ? error.message : String(error)}`);
}
