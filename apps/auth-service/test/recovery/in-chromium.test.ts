import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { canRunChromium, launchChromium } from '@patient-access/testing';
import type { Browser } from 'playwright-core';
import { keepFitting } from '../browsers/keep-fitting.ts';
import { startAuthorization, registerApp } from '../app.ts';
import { giveAddress, type MailWorld, startMailWorld } from '../mail/world.ts';
import { ForgetfulMember, NEW_PASSWORD } from './forgetful-member.ts';

const WORDS = {
  en: {
    forgot: 'Forgot your password?',
    name: 'User name or email',
    login: 'User name',
    send: 'Send the link',
    sent: 'Look at your email',
    password: 'New password',
    repeat: /again|once more/,
    code: 'Code',
    save: 'Save the new password',
    done: 'Your password is changed',
    oldPassword: 'Password',
    logIn: 'Log in',
    add: 'New email address',
    confirmLink: 'Send a link',
    confirm: 'Yes, use this address',
    invalid: 'This link does not work any more',
  },
  es: {
    forgot: '¿Olvidó su contraseña?',
    name: 'Nombre de usuario o correo electrónico',
    login: 'Nombre de usuario',
    send: 'Enviar el enlace',
    sent: 'Revise su correo electrónico',
    password: 'Contraseña nueva',
    repeat: /^Repita/,
    code: 'Código',
    save: 'Guardar la contraseña nueva',
    done: 'Su contraseña cambió',
    oldPassword: 'Contraseña',
    logIn: 'Iniciar sesión',
    add: 'Correo electrónico nuevo',
    confirmLink: 'Enviar un enlace',
    confirm: 'Sí, usar este correo',
    invalid: 'Este enlace ya no sirve',
  },
} as const;
type Language = keyof typeof WORDS;

(canRunChromium() ? describe : describe.skip)('a forgotten password in Chromium', () => {
  let mails: MailWorld;
  let browser: Browser;
  beforeAll(async () => {
    [mails, browser] = await Promise.all([startMailWorld({ nativeApps: true }), launchChromium()]);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await mails?.stop();
  });

  const takeLink = () => new ForgetfulMember(mails).takeLink();

  it.each<[Language, number, string]>([
    ['en', 1280, 'maria.many'],
    ['en', 390, 'paul.parent'],
    ['es', 1280, 'gina.guardian'],
    ['es', 390, 'rita.related'],
  ])(
    'from the login page to the new one, and then another address (%s, %i px)',
    async (language, width, login) => {
      const { world, server } = mails;
      const words = WORDS[language];
      await giveAddress(world, login, `${login}@mail.example`, language);
      const app = await registerApp(world);
      const context = await browser.newContext({
        viewport: { width, height: 900 },
        javaScriptEnabled: false,
      });
      const page = await context.newPage();
      const shot = (name: string) => keepFitting(page, `${language}-${width}-${name}`);
      const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
      await page.goto(`${startAuthorization(world, app).url}&ui_locales=${language}`);
      await shot('1-login');
      await page.getByRole('link', { name: words.forgot }).click();
      // The language of the app is not known here.
      await page.goto(`${page.url()}?lang=${language}`);
      await page.getByLabel(words.name).fill(login);
      await shot('2-ask');
      await press(words.send);
      expect(await page.locator('h1').textContent()).toBe(words.sent);
      await shot('3-sent');
      const link = await takeLink();
      await page.goto(link);
      await page.getByLabel(words.password, { exact: true }).fill(NEW_PASSWORD);
      await page.getByLabel(words.repeat).fill('another one');
      await press(words.save);
      expect(await page.getByRole('alert').count()).toBe(1);
      await shot('4-different');
      await page.getByLabel(words.password, { exact: true }).fill(NEW_PASSWORD);
      await page.getByLabel(words.repeat).fill(NEW_PASSWORD);
      await press(words.save);
      expect(await page.locator('h1').textContent()).toBe(words.done);
      await shot('5-done');
      await page.goto(link);
      expect(await page.locator('h1').textContent()).toBe(words.invalid);
      await shot('6-invalid');
      await server.take();
      await page.goto(`${world.url}/auth/northwind/email`);
      await page.getByLabel(words.login).fill(login);
      await page.getByLabel(words.oldPassword).fill(NEW_PASSWORD);
      await press(words.logIn);
      await shot('7-email');
      await page.getByLabel(words.add).fill('new@mail.example');
      await page.getByLabel(words.oldPassword).fill(NEW_PASSWORD);
      await press(words.confirmLink);
      await shot('8-email-sent');
      await page.goto(await takeLink());
      await shot('9-confirm');
      await press(words.confirm);
      expect(await page.getByRole('status').count()).toBe(1);
      await shot('10-confirmed');
      await context.close();
      await server.take();
    },
    90_000,
  );

  it('asks for the code of a second factor', async () => {
    const { world, server } = mails;
    const sub = await giveAddress(world, 'maria.many', 'maria@mail.example');
    const member = new ForgetfulMember(mails);
    // The address before was told of the change.
    await member.quiet();
    await world.db.query('TRUNCATE mail, mail_ticket, throttle');
    server.mails.length = 0;
    await member.turnOnFactor(sub);
    const link = await member.getLink();
    for (const width of [390, 1280]) {
      const page = await browser.newPage({ viewport: { width, height: 900 }, javaScriptEnabled: false });
      await page.goto(link);
      await page.getByLabel('New password', { exact: true }).fill(NEW_PASSWORD);
      await page.getByLabel(WORDS.en.repeat).fill(NEW_PASSWORD);
      await page.getByLabel('Code').fill('000000');
      await page.getByRole('button', { name: WORDS.en.save }).click();
      expect(await page.getByRole('alert').textContent()).toMatch(/code is not right/);
      await keepFitting(page, `en-${width}-11-code`);
      await page.close();
    }
  }, 60_000);
});
