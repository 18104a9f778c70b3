/** What the schema of a setting says to the people who set it. */
import type { z } from 'zod';

export interface SettingRow {
  name: string;
  /** as people read it */
  shownDefault: string;
  /** of a number; '' for everything else */
  unit: string;
  meaning: string;
  isNumber: boolean;
  services: string[];
}

interface Said {
  description?: string;
  unit?: string;
  /** where the default depends on the machine */
  shownDefault?: string;
}

const REQUIRED = '**required**';

/** Zod tells what it parses only by trying: a number takes a text of digits, and gives a number. */
const isNumber = (type: z.ZodType): boolean =>
  ['1', '100', '1000'].some((text) => typeof type.safeParse(text).data === 'number');

function defaultOf(type: z.ZodType, { shownDefault }: Said): string {
  if (shownDefault !== undefined) return shownDefault;
  const absent = type.safeParse(undefined);
  if (!absent.success) return REQUIRED;
  const { data } = absent;
  const none = data === undefined || data === '' || (Array.isArray(data) && data.length === 0);
  return none ? 'none' : `\`${String(data)}\``;
}

/** @returns the row of a setting, without its services */
export function settingRow(name: string, type: z.ZodType): SettingRow {
  const said = (type.meta() ?? {}) as Said;
  return {
    name,
    shownDefault: defaultOf(type, said),
    unit: said.unit ?? '',
    meaning: said.description ?? '',
    isNumber: isNumber(type),
    services: [],
  };
}

/** @returns one line for each thing that the schema does not say */
export function settingGaps({ name, meaning, unit, isNumber: number, services }: SettingRow): string[] {
  const where = `${name} of ${services.join(', ')}`;
  return [
    ...(meaning === '' ? [`${where}: its schema does not say what it means (.meta({ description }))`] : []),
    ...(number && unit === '' ? [`${where}: its schema does not say its unit (.meta({ unit }))`] : []),
  ];
}
