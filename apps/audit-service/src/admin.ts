/** The commands for the trail: verify, export, hold, drop. `npm run audit -- <command>`. */
import { runCommand } from './command/command.ts';

await runCommand(process.argv.slice(2));
