/**
 * `npm run import:withdraw -- --tenant <id> --record <Type/id> --from <Patient id> --reason <text>`: takes a record from the
 * person under whom it was filed by mistake.
 */
import { definitions, isId, MEMBER_TYPE, type Owner } from '@patient-access/fhir';
import { Ingest, type Withdrawal, withdraw } from '@patient-access/fhir-store/ingest';
import { actingUser } from '@patient-access/platform/acting-user';
import { parseCommandLine } from '@patient-access/platform/command-usage';
import { openStores } from './config.ts';
import { demandPlan } from './known-plan.ts';
import { TENANT } from './options.ts';
import type { Stores } from './store/input.ts';

const USAGE = `npm run -s import:withdraw -- --tenant <id> --record <Type/id> --from <Patient id> --reason <text>
    [--to <Patient id> [--as <id>]]

Takes a record from the person under whom it was filed by mistake, at once and for every app, with all its versions and
what is about it. A later file that files it there again is rejected. --to files it under the person whose it is,
with the id of --as if there is one, unless it was deleted. A Patient stands under itself and is refused. Prints what
went, what still names it, and the command that says who saw it.`;

interface WithdrawOptions {
  tenant: string;
  record: { type: string; id: string };
  from: string;
  reason: string;
  to?: { member: string; id: string };
}

function optionsOf(): WithdrawOptions | undefined {
  const text = { type: 'string' } as const;
  const { values } = parseCommandLine({
    options: {
      ...{ tenant: text, record: text, from: text, reason: text, to: text, as: text },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const { tenant, record, from, reason, to, as } = values;
  if (tenant === undefined || !TENANT.test(tenant)) throw new Error('--tenant <id>');
  const [type = '', id = '', ...more] = record?.split('/') ?? [];
  if (!definitions.has(type) || !isId(id) || more.length > 0) throw new Error('--record <Type/id>');
  if (type === MEMBER_TYPE)
    throw new Error(
      `--record: a ${MEMBER_TYPE} stands under itself, and would never come back. For two records of one person, or one of two, see docs/import.md`,
    );
  if (!isId(from)) throw new Error('--from <Patient id>');
  if (!reason?.trim()) throw new Error('--reason <text>: it goes into the trail');
  if (to !== undefined && (!isId(to) || to === from)) throw new Error('--to <Patient id> of another person');
  if (as !== undefined && (to === undefined || !isId(as))) throw new Error('--as <id>, with --to');
  return {
    tenant,
    record: { type, id },
    from,
    reason,
    ...(to !== undefined && { to: { member: to, id: as ?? id } }),
  };
}

async function run(stores: Stores, options: WithdrawOptions): Promise<Withdrawal> {
  const { tenant, record, from: member, reason, to } = options;
  const owner = definitions.get(record.type)?.owner as Owner;
  const own = stores.get(owner);
  if (!own) throw new Error(`${owner} accepts no import`);
  const databases = { own, all: [...stores.values()] };
  const feed = { owner, by: actingUser() };
  const ingest = new Ingest(databases, tenant, { feed });
  return withdraw({ databases, tenant, ingest, feed }, { member, record, reason, ...(to && { to }) });
}

async function main(): Promise<void> {
  const options = optionsOf();
  if (!options) return console.log(USAGE);
  await using stores = await openStores(options.tenant);
  await demandPlan(stores.values(), options.tenant);
  const done = await run(stores, options);
  const { tenant, from } = options;
  const which = done.withdrawn.map((each) => `--resource ${each}`).join(' ');
  const saw = `npm run -s audit -- saw --tenant ${tenant} --member ${from} ${which} --out who-saw`;
  console.log(JSON.stringify({ ...done, whoSaw: saw }, null, 2));
}

await main().catch((error: Error) => {
  console.error(`import:withdraw: ${error.message}`);
  process.exitCode = 1;
});
