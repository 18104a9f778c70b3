import { describe, expect, it } from '@jest/globals';
import { nameProblem } from '../../src/domain/clients/name.ts';
import { plainText } from '../../src/domain/apps/app-name.ts';

const PLAN = 'Northwind Health Plan';

describe('the name of an app', () => {
  it.each([
    'Health Diary',
    'Müller’s Gesundheitstagebuch 2',
    'Mi Salud – diario',
    'CommonHealth',
    'Diário de Saúde+',
    'Εφημερίδα υγείας',
    'Дневник здоровья',
    '健康日記アプリ',
    '健康 Diary',
    'يوميات الصحة',
    'North Wind Sailing',
    'Scms Tracker',
    'Plan My Meals',
    '<b>Bold</b> & "quoted"',
    'First Call',
    'x'.repeat(80),
  ])('O15: may be %s', (name) => {
    expect(nameProblem(name, PLAN)).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['only invisible characters', '\u200b\u3164\u2800\u00ad'],
    ['no letter', '*** 123'],
    ['300 characters', 'x'.repeat(300)],
    ['accents piled up', `a${'\u0301'.repeat(12)}`],
    ['Latin with a Cyrillic letter', 'Hеalth Diary'],
    ['Latin with a Greek letter', 'Ηealth Diary'],
    ['Latin with a Cherokee letter', 'Ꮋealth Diary'],
    ['Latin with Arabic', 'Health يوميات'],
    ['Medicare', 'Medicare'],
    ['Medicare inside a word', 'MyMedicareHelper'],
    ['Medicare in full width', 'Ｍｅｄｉｃａｒｅ'],
    ['Medicare in mathematical letters', '𝓜𝓮𝓭𝓲𝓬𝓪𝓻𝓮'],
    ['Medicare in small capitals', 'ᴍᴇᴅɪᴄᴀʀᴇ'],
    ['Medicare with accents', 'Médîcàre'],
    ['Medicare with digits', 'M3d1c4re'],
    ['Medicare with rn for m', 'rnedicare'],
    ['Medicare with a zero-width space', 'Medi\u200bcare'],
    ['Medicare with a change of direction', 'Medi\u202ecare'],
    ['Medicare with dots', 'M.e.d.i.c.a.r.e'],
    ['Medicare with spaces', 'Medi care'],
    ['Medicaid', 'My Medicaid'],
    ['CMS', 'CMS Health Records'],
    ['CMS in Cyrillic', 'СМЅ'],
    ['CMS with dots', 'C.M.S. Records'],
    ['HHS', 'hhs portal'],
    ['HealthCare.gov', 'HealthCare.gov Sync'],
    ['the Department', 'US Health & Human Services'],
    ['the word official', 'The official health app'],
    ['a verification', 'Diary (verified ✓)'],
    ['the plan', 'Northwind Health Plan'],
    ['the plan with a zero for O', 'N0RTHWIND'],
    ['the plan’s first name', 'Northwind Diary'],
    ['the plan’s first name in a word', 'NorthwindCare'],
    ['the reader’s plan', 'Your Health Plan'],
  ])('O15: may not be %s', (_what, name) => {
    expect(nameProblem(name, PLAN)).toEqual(expect.any(String));
  });

  it('O15: may not be the whole name of a plan that consists of common words', () => {
    expect(nameProblem('Family Health Diary', 'Family Health Plan')).toBeUndefined();
    expect(nameProblem('My family-health plan', 'Family Health Plan')).toEqual(expect.any(String));
  });

  it('O15: is stored in one line, without invisible characters', () => {
    expect(plainText(' Health\u202e\u0000\u2066\n\tDiary\u3164 ')).toBe('Health Diary');
  });
});
