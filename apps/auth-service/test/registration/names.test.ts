import { describe, expect, it } from '@jest/globals';
import { nameProblem } from '../../src/domain/clients/name.ts';
import { plainText } from '../../src/domain/apps/app-name.ts';

const PLANS = {
  own: ['Northwind Health Plan', 'NHP'],
  others: ['Lakeside Mutual Health', 'Lake Care Portal'],
};

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
    // apps that members know, and names that come near
    'Apple Health',
    'CommonHealth',
    'Fasten Health',
    'OneRecord',
    'b.well Connected Health',
    'MyChart',
    'FollowMyHealth',
    '1upHealth',
    'Flexpa',
    'PicnicHealth',
    'Ciitizen',
    'Medisafe Pill Reminder',
    'GoodRx',
    'MyTherapy',
    'MedicAlert',
    'Blood Pressure Log',
    'iBlueButton',
    'Evidation',
    'Seqster',
    'Zus Health',
    'VaxCare',
    'Nova Health Tracker',
    'Urgent Care Finder',
    'Accountable Care Diary',
    'Designing Health',
    'Salud Humana',
    'Mi Plan de Comidas',
    'Lakeside Sailing Diary',
    'Lakeshore Fitness',
    'Mutual Aid',
    'C++ Health Tools',
    'Diabetes Guard®',
  ])('O15: may be %s', (name) => {
    expect(nameProblem(name, PLANS)).toBeUndefined();
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
    ['the plan’s alias', 'NHP'],
    ['another plan', 'Lakeside Mutual Health'],
    ['another plan, as people call it', 'Lakeside Health Plan'],
    ['another plan in one word', 'LakesideHealth'],
    ['another plan by its telling word', 'Lakeside'],
    ['another plan in look-alikes', 'Lаkеsidе Mutuаl'],
    ['another plan in digits', 'L4keside Health'],
    ['another plan’s portal', 'Lake Care Portal'],
    ['CMS in one word', 'MyCMS'],
    ['CMS in lower case', 'mycms'],
    ['CMS before a word', 'CMSHealth'],
    ['CMS and a word in lower case', 'cmshealth portal'],
    ['the VA in one word', 'myVA'],
    ['an alarm', 'Security alert: log in again'],
    ['an alarm in one word', 'SecurityAlert'],
    ['an alarm in look-alikes', 'Secur1ty A1ert'],
    ['an alarm in Spanish', 'Alerta de seguridad'],
    ['an alarm with accents', 'Álerta de segúridad'],
    ['a call', 'Urgent: update now'],
    ['a warning', 'WARNING! Read this'],
    ['a demand', 'Verify your records'],
    ['a login', 'Member Login'],
    ['a login in Spanish', 'Inicie sesión'],
    ['the reader’s account', 'Your Account'],
    ['a check mark', '✔ Trusted'],
    ['another check mark', 'Diary √'],
    ['a shield', '🛡 Diary'],
    ['a padlock', 'Diary 🔒'],
    ['a seal', 'Diary ✅'],
    ['a star', '★ Diary'],
    ['an arrow', 'Diary → Start'],
    ['a word of trust', 'Trusted Diary'],
    ['a word of trust in Spanish', 'Diario de confianza'],
    ['a certificate', 'HIPAA Compliant Diary'],
    ['the end of a quotation', 'Diary” is checked by “Northern'],
    ['an official in Spanish', 'Diario Oficial'],
    ['a government', 'US Government Health'],
    ['a domain of the government', 'health.gov'],
    ['the staff of a plan', 'Member Services'],
    ['a helpdesk', 'Help Desk'],
    ['a plan of no name', 'Sunrise Health Plan'],
    ['a plan that members know', 'Aetna Health'],
    ['another one', 'Blue Cross Blue Shield'],
  ])('O15: may not be %s', (_what, name) => {
    expect(nameProblem(name, PLANS)).toEqual(expect.any(String));
  });

  it('O15: may not be the whole name of a plan that consists of common words', () => {
    const family = { own: ['Family Health Plan'], others: [] };
    expect(nameProblem('Family Health Diary', family)).toBeUndefined();
    expect(nameProblem('My family-health plan', family)).toEqual(expect.any(String));
  });

  it('O67: may be any name beside a plan of common or few letters', () => {
    const others = ['Family Health Plan', 'A', 'HMO', 'Lakeside Mutual Health'];
    for (const name of ['Family Health Diary', 'Homophone'])
      expect(nameProblem(name, { own: [], others })).toBeUndefined();
    for (const name of ['Family Health Plan', 'HMO', 'HMO Health'])
      expect(nameProblem(name, { own: [], others })).toEqual(expect.any(String));
  });

  it('O15: is stored in one line, without invisible characters', () => {
    expect(plainText(' Health\u202e\u0000\u2066\n\tDiary\u3164 ')).toBe('Health Diary');
  });
});
