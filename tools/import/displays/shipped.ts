import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CodeKey } from '@patient-access/fhir';
import type { DisplayTable } from '@patient-access/fhir-store';
import { PackedTable } from './packed-table.ts';
import { SHIPPED } from './tables.ts';

const DATA = join(import.meta.dirname, 'data');

/** Codes of claims repeat. This many are remembered; then the memory begins anew. */
const REMEMBERED = 20_000;

export const packedTable = (file: string): PackedTable =>
  new PackedTable(readFileSync(join(DATA, `${file}.tsv.br`)));

/** The shipped tables. Each is read when the first code of its system comes. */
export class ShippedDisplays implements DisplayTable {
  private readonly tables = new Map<string, PackedTable>();
  private readonly known = new Map<string, string | undefined>();

  readonly displayOf = ({ system, code }: CodeKey): string | undefined => {
    const key = `${system}|${code}`;
    if (this.known.has(key)) return this.known.get(key);
    const own = SHIPPED.find((table) => table.system === system);
    const display = own ? this.table(own.file).find(code) : this.table('hl7').find(key);
    if (this.known.size >= REMEMBERED) this.known.clear();
    this.known.set(key, display);
    return display;
  };

  private table(file: string): PackedTable {
    const found = this.tables.get(file) ?? packedTable(file);
    this.tables.set(file, found);
    return found;
  }
}
