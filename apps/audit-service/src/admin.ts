/** The commands for the trail: verify, export, hold, drop. `npm run audit -- <command>`. */
import { runAudit } from './command/command.ts';

await runAudit(process.argv.slice(2));
