/** What each command for the trail does. */
import { actingUser } from '@patient-access/platform/acting-user';
import { commandNamed, CommandRefused } from '@patient-access/platform/command-usage';
import { ConfigError } from '@patient-access/platform/config';
import { withAuditor, withOwner } from './connections.ts';
import { demandEventsOf, demandIds, demandTrail } from './known-plan.ts';
import { type AuditOptions, EXIT, parseCommand, required, sinceOf, UsageError } from './options.ts';
import { auditorSettings, keySettings } from '../config.ts';
import { correctionsSince } from '../corrections/corrections.ts';
import { lostCommand } from '../delivery/lost-command.ts';
import { readAgain } from '../delivery/read-again.ts';
import { saw } from '../disclosures/command.ts';
import { acknowledgeCommand } from '../foreign/command.ts';
import { restoreCommand } from '../restores/command.ts';
import { dropCommand } from '../retention/command.ts';
import { liftHold, listHolds, setHolds } from '../retention/holds.ts';
import { DEFAULT_MONTHS, setRetention } from '../retention/retention.ts';
import { exportCommand, statementsCommand, verifyCommand } from '../verify/command.ts';

const USAGE = `usage:
  verify [--tenant <id>] [verification] [--restored-is-whole]
      verification:  --checkpoints <file>|kafka --keys <pem file> --event-keys <jwks file> --restore-keys <pem file>
                     what was signed outside of the database, and the keys; each of them has a setting as well
  verify --file <export> [verification]                                    without a database
  verify --file <manifest.json or a file beside it> [--keys <pem file>]    what the audit console gave out
  restore --tenant <id> --reason <text> --restore-key <private pem file>|- [verification]   after a restore, before the service starts
      [--undoes <when an earlier restore was signed>]…                     where that put back the wrong backup
  restore --finish --tenant <id> --restore-key <private pem file>|- [verification]   when all has come again: what, and what is lost
  reset-offsets --since <ISO 8601>                                         after that, with Kafka: has events since then come again
  lost > <file>                                                            shows which numbers of services have not come, and records nothing
  lost --records <file> --reason <text>                                    that those never come
  acknowledge --tenant <id> [verification] > <file>                        shows the foreign records, and signs nothing
  acknowledge --records <file> --tenant <id> --reason <text> --restore-key <private pem file>|- [verification]   that those are known
  statements [verification] > <file>                                       what the operators have signed, for OPERATOR_STATEMENTS
  export --tenant <id> [verification] > <file>
  saw --tenant <id> --member <Patient id> --resource <Type/id>…            every request by which a resource left
      [--out <folder> [--apps <client list as JSON>]]                      as a signed file, with the addresses of the apps
  corrections --tenant <id> --since <ISO 8601>                              what to do again after a restore of a database of records
  scorecard --tenant <id> [--days <1 to 92>] [--prometheus <url>]           how apps get on with the plan; see docs/reporting.md
  hold set --tenant <id> [--member <Patient id>]… --reason <text>          each id of a person whose records were merged
      [--without-events <Patient id>]…                                     also members of whom the trail has no event
  hold lift --id <id>
  hold list [--tenant <id>]
  retention set --tenant <id> --months <number> [--below-six-years]        less than 72 months only where it is said
  drop [--dry-run] [verification]                                          months whose retention is over
  prepare --ahead <months>                                                 make tables for the next months`;

const OTHER_IDS =
  'If records of this person were merged, those of before are under the replaced id: hold each id (docs/audit.md, "Retention and legal hold").';

const TOO_SHORT = `--months is below ${DEFAULT_MONTHS}: what is older is dropped for good, and HIPAA asks for six years (45 CFR 164.316, 164.528). If it is meant, say --below-six-years`;

/** The commands. The result of a command is printed as JSON. */
const COMMANDS: Readonly<Record<string, (options: AuditOptions) => Promise<unknown>>> = {
  verify: verifyCommand,
  export: exportCommand,
  restore: restoreCommand,
  lost: lostCommand,
  acknowledge: acknowledgeCommand,
  statements: statementsCommand,
  saw: (options) => {
    const { resource: resources = [], out, apps } = options;
    if (resources.length === 0) throw new UsageError('--resource is missing');
    const [tenant, member] = [required(options, 'tenant'), required(options, 'member')];
    const { CHECKPOINT_KEY: signingKey = '' } = keySettings();
    if (out !== undefined && !signingKey)
      throw new UsageError('CHECKPOINT_KEY is missing: it signs the file');
    return withAuditor((auditor) => saw(auditor, { tenant, member, resources, out, apps, signingKey }));
  },
  'reset-offsets': (options) => readAgain(keySettings(), sinceOf(options)),
  corrections: (options) => {
    const [tenant, since] = [required(options, 'tenant'), sinceOf(options)];
    return withAuditor(async (auditor) => {
      await demandTrail(auditor, tenant);
      return correctionsSince(auditor, tenant, since);
    });
  },
  'hold set': (options) => {
    const [tenant, reason] = [required(options, 'tenant'), required(options, 'reason')];
    const { member: heardOf = [], 'without-events': unheardOf = [] } = options;
    const members = [...heardOf, ...unheardOf];
    demandIds(members);
    if (members.length > 0) console.error(OTHER_IDS);
    return withOwner(async (owner) => {
      await demandTrail(owner, tenant);
      await demandEventsOf(owner, tenant, heardOf);
      return setHolds(owner, { tenant, members, reason, by: actingUser() });
    });
  },
  'hold lift': (options) => {
    const id = required(options, 'id');
    return withOwner((owner) => liftHold(owner, { id, by: actingUser() }));
  },
  'hold list': (options) => {
    const tenant = options.tenant === undefined ? '' : required(options, 'tenant');
    return withOwner(async (owner) => {
      const holds = await listHolds(owner, tenant, actingUser());
      if (tenant && holds.length === 0) await demandTrail(owner, tenant);
      return holds;
    });
  },
  'retention set': (options) => {
    const [tenant, months] = [required(options, 'tenant'), Number(required(options, 'months'))];
    if (months < DEFAULT_MONTHS && !options['below-six-years']) throw new UsageError(TOO_SHORT);
    return withOwner(async (owner) => {
      await demandTrail(owner, tenant);
      return setRetention(owner, { tenant, months, by: actingUser() });
    });
  },
  scorecard: async (options) => {
    const tenant = required(options, 'tenant');
    await withAuditor((auditor) => demandTrail(auditor, tenant));
    // It needs the search of the engine, which no other command does.
    const { scorecard } = await import('../scorecard/command.ts');
    return scorecard(auditorSettings(), { ...options, tenant });
  },
  drop: dropCommand,
  prepare: (options) => {
    const ahead = Number(required(options, 'ahead'));
    return withOwner(
      async (owner) => (await owner.query('SELECT trail.prepare_months($1) AS made', [ahead])).rows[0],
    );
  },
};

async function run(words: readonly string[]): Promise<void> {
  const { positionals, values: options } = parseCommand(words);
  if (options.help) return console.log(USAGE);
  const command = commandNamed({ commands: COMMANDS, usage: USAGE }, positionals, options);
  const result = await command(options);
  if (result !== undefined) console.log(JSON.stringify(result, null, 2));
}

/** Runs what was typed behind `npm run audit --`. It prints what it has to say, and sets the exit code of the process. */
export const runAudit = (words: readonly string[]): Promise<void> =>
  run(words).catch((error: Error) => {
    console.error(error.message || error.name);
    const isWrong = [UsageError, CommandRefused, ConfigError].some((each) => error instanceof each);
    process.exitCode = isWrong ? EXIT.wrong : EXIT.broken;
  });
