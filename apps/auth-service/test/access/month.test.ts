import { describe, expect, it } from '@jest/globals';
import { calendarMonth } from '../../src/web/member-pages/calendar-month.ts';

const NEW_YORK = 'America/New_York';
const NOW = new Date('2026-05-01T03:30:00Z');

describe('a month', () => {
  it('is the current month in the plan’s time zone, unless the address names another', () => {
    // Half past eleven at night on April 30th in New York.
    expect(calendarMonth(undefined, NOW, NEW_YORK)).toMatchObject({ id: '2026-04', earlier: '2026-03' });
    expect(calendarMonth(undefined, NOW, 'UTC').id).toBe('2026-05');
    expect(calendarMonth('2026-01', NOW, NEW_YORK)).toMatchObject({
      id: '2026-01',
      earlier: '2025-12',
      later: '2026-02',
    });
    expect(calendarMonth('2024-02', NOW, NEW_YORK).days).toHaveLength(29);
  });

  it.each([
    '2026-05',
    '2026-13',
    '2026-00',
    '1999-01',
    '26-01',
    '',
    "2026-01'--",
    ['2026-01'],
    undefined,
    {},
  ])('is the current one for the invalid %j', (wanted) => {
    const { id, later } = calendarMonth(wanted, NOW, NEW_YORK);
    expect([id, later]).toEqual(['2026-04', undefined]);
  });
});
