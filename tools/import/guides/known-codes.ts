/** Which codes exist, by the tables that ship for displays, and by what a plan loaded. */
import { keyInTables, type KnownCodes, systemInTables } from '@patient-access/fhir';
import { packedTable } from '../displays/shipped.ts';
import { SHIPPED, type ShippedTable } from '../displays/tables.ts';
import { NO_PLAN_CODES, type PlanCodes } from './plan-codes.ts';

type Judged = ShippedTable & Required<Pick<ShippedTable, 'missing' | 'system'>>;
type Found = 'there' | 'of no form' | 'not there' | 'unknown';

const JUDGED = SHIPPED.filter(
  (table): table is Judged => table.missing !== undefined && table.system !== undefined,
);

/** Codes of claims repeat. This many of a system are remembered; then the memory begins anew. */
const REMEMBERED = 20_000;

class JudgedTable {
  readonly complete: { from: string; until: string } | undefined;
  private readonly table: Judged;
  private readonly known = new Map<string, Found>();

  constructor(table: Judged) {
    this.table = table;
    this.complete = table.missing.complete;
  }

  find(system: string, code: string): Found {
    let found = this.known.get(code);
    if (found === undefined) {
      found = this.look(system, code);
      if (this.known.size >= REMEMBERED) this.known.clear();
      this.known.set(code, found);
    }
    return found;
  }

  private look(system: string, code: string): Found {
    const { file, missing } = this.table;
    const written = keyInTables({ system, code })?.code;
    if (written !== undefined && packedTable(file).find(written) !== undefined) return 'there';
    if (missing.form && !missing.form.test(written ?? code)) return 'of no form';
    if (!missing.complete || written === undefined || missing.except?.test(written)) return 'unknown';
    return 'not there';
  }
}

const tables = new Map(JUDGED.map((table) => [table.system, new JudgedTable(table)]));

/** Senders call some systems by another name. */
function tableOf(system: string): JudgedTable | undefined {
  const known = tables.get(system);
  if (known || !system.startsWith('http://www.cms.gov/')) return known;
  return tables.get(systemInTables(system));
}

function isOfPlan(planCodes: PlanCodes, system: string, code: string): boolean {
  const key = planCodes.size > 0 ? keyInTables({ system, code }) : undefined;
  return key !== undefined && planCodes.has(`${key.system}|${key.code}`);
}

/**
 * A code is judged only by a table that has every code of the days that the resource speaks of.
 *
 * @param planCodes exist on all days
 */
export const knownCodes = (planCodes: PlanCodes): KnownCodes => ({
  hasTable: (system) => tableOf(system)?.complete !== undefined,
  exists: (system, code, dates) => {
    const table = tableOf(system);
    const found = table?.find(system, code);
    if (found === undefined || found === 'unknown') return undefined;
    if (found === 'there' || isOfPlan(planCodes, system, code)) return true;
    if (found === 'of no form') return false;
    const { first, last } = dates();
    const { from = '', until = '' } = table?.complete ?? {};
    return first !== '' && first >= from && last <= until ? false : undefined;
  },
});

/** The shipped tables alone. */
export const shippedCodes: KnownCodes = knownCodes(NO_PLAN_CODES);
