import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { settingGaps, settingRow } from './setting-row.ts';

const numberOf = (type: z.ZodType) => settingRow('A', type);

describe('the table of settings', () => {
  test('shows default, unit and meaning of a setting', () => {
    const type = z.coerce.number().default(60).meta({ description: 'how often', unit: 's' });
    expect(settingRow('A_SECONDS', type)).toMatchObject({
      shownDefault: '`60`',
      unit: 's',
      meaning: 'how often',
    });
    expect(settingRow('B', z.string()).shownDefault).toBe('**required**');
    expect(settingRow('C', z.string().optional()).shownDefault).toBe('none');
  });

  test('refuses a setting without meaning, and a number without unit', () => {
    expect(settingGaps(numberOf(z.coerce.number().min(5).max(50_000).default(60)))).toHaveLength(2);
    expect(settingGaps(numberOf(z.string().meta({ description: 'a text' })))).toEqual([]);
  });
});
