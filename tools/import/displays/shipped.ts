import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CodeKey } from '@patient-access/fhir';
import type { DisplayTable } from '@patient-access/fhir-store/ingest';
import { PackedTable } from './packed-table.ts';
import { SHIPPED } from './tables.ts';

const DATA = join(import.meta.dirname, 'data');

/** Codes of claims repeat. This many are remembered; then the memory begins anew. */
const REMEMBERED = 20_000;

const tables = new Map<string, PackedTable>();

/** Read once, however many ask. */
export function packedTable(file: string): PackedTable {
  const table = tables.get(file) ?? new PackedTable(readFileSync(join(DATA, `${file}.tsv.br`)));
  tables.set(file, table);
  return table;
}

/** The shipped tables. Each is read when the first code of its system comes. */
export class ShippedDisplays implements DisplayTable {
  private readonly known = new Map<string, string | undefined>();

  readonly displayOf = ({ system, code }: CodeKey): string | undefined => {
    const key = `${system}|${code}`;
    if (this.known.has(key)) return this.known.get(key);
    const own = SHIPPED.find((table) => table.system === system);
    const display = own ? packedTable(own.file).find(code) : packedTable('hl7').find(key);
    if (this.known.size >= REMEMBERED) this.known.clear();
    this.known.set(key, display);
    return display;
  };
}
