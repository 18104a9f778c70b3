import { describe, expect, it } from '@jest/globals';
import { hashPassword, verifyPassword } from '../../src/domain/accounts/password.ts';
import {
  type PasswordProblem,
  passwordOwner,
  passwordProblem,
} from '../../src/domain/accounts/password-rules.ts';
import { TenantSettings } from '../../src/domain/tenant/settings.ts';

const account = {
  login: 'maria.many',
  role: 'member' as const,
  members: [{ patient: 'maria', relationship: 'self', name: 'Maria Castellan' }],
};
const plan = (settings: object, kind: 'preview' | 'production' = 'preview') => ({
  name: 'Northwind Health Plan',
  kind,
  settings: TenantSettings.parse(settings),
});
/** The password is the only factor. */
const alone = passwordOwner(plan({}), account);
/** Every login needs a second factor. */
const withFactor = passwordOwner(plan({ secondFactor: 'required' }), account);

describe('a password', () => {
  it.each([
    'correct horse battery staple',
    'my cat likes 1234567 fish',
    'tres gatos y un tranvía amarillo',
    'всё счастливые семьи похожи',
    '月が綺麗ですね今夜は本当に静かです',
    '🐈🌧️🚲🍋🎻🌵🧭🪁🧵🪐🎏🦔🪗🌋🛶',
    'Maria loves trombones',
    'kT9#vLq2$xWm8!pZ',
    ' three leading spaces',
    'x9'.repeat(4) + 'quiet lemon bicycle '.repeat(12).slice(0, 240) + '!',
  ])('O63: may be %s, whatever kinds of characters it has', (password) => {
    expect(passwordProblem(password, alone)).toBeUndefined();
  });

  it.each<[PasswordProblem, string]>([
    ['short', ''],
    ['short', 'x'],
    ['short', 'vLq2$xWm8!pZ#9'],
    // One character to a reader, one code point once it is normalised.
    ['short', 'e\u0301'.repeat(14)],
    ['long', 'quiet lemon bicycle '.repeat(13)],
    ['common', 'momsanaladventure'],
    ['common', 'MomsAnalAdventure'],
    ['common', 'passwordpassword'],
    ['common', 'Password1234567'],
    ['common', 'P@ssw0rd!!!!!!!!'],
    ['common', '2026sunshine!!!!'],
    ['common', 'ｉｌｏｖｅｙｏｕ１２３４９７１'],
    ['common', 'starwars starwars'],
    ['pattern', 'aaaaaaaaaaaaaaaaaaaa'],
    ['pattern', 'abcabcabcabcabcabc'],
    ['pattern', '123456789012345'],
    ['pattern', '987654321987654321'],
    ['pattern', 'qwertyuiop12345'],
    ['pattern', 'zyxwvutsrqponmlkj'],
    ['pattern', '1qaz2wsx3edc4rfv'],
    ['expected', 'NorthwindHealth2026'],
    ['expected', 'northwind-health-plan'],
    ['expected', 'maria.many.2026!'],
    ['expected', 'MariaCastellan1985'],
    ['expected', 'm4r1a-c4st3llan!'],
    ['expected', 'health insurance 1'],
    ['expected', 'Patient Access!'],
  ])('O63: is refused as %s: %s', (problem, password) => {
    expect(passwordProblem(password, alone)).toBe(problem);
  });

  it('O63: needs 15 characters alone, and 8 beside a second factor that every login needs', () => {
    expect(passwordProblem('vLq2$xWm', withFactor)).toBeUndefined();
    expect(passwordProblem('vLq2$xW', withFactor)).toBe('short');
    expect(passwordProblem('vLq2$xWm', alone)).toBe('short');
    expect(passwordProblem('sunshine', withFactor)).toBe('common');
    const auditor = { login: 'audrey', role: 'auditor' as const, members: [] };
    expect(passwordOwner(plan({}, 'production'), auditor).minCharacters).toBe(8);
    expect(passwordOwner(plan({}), auditor).minCharacters).toBe(15);
  });

  it('O63: is the same in every spelling of its characters, and is never cut', async () => {
    const stored = await hashPassword('trece canciones de cafe\u0301');
    expect(await verifyPassword(stored, 'trece canciones de café')).toBe(true);
    expect(await verifyPassword(stored, 'trece canciones de cafe')).toBe(false);
    const longest = 'quiet lemon bicycle '.repeat(13).slice(0, 256);
    const hash = await hashPassword(longest);
    expect(await verifyPassword(hash, longest)).toBe(true);
    expect(await verifyPassword(hash, `${longest}!`)).toBe(false);
    expect(await verifyPassword(await hashPassword(''), 'y'.repeat(300))).toBe(false);
  });
});
