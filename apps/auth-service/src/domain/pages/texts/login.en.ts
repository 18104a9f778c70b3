/** The texts of the login, in US English. */
import type { LoginRefusalReason } from '../../federation/identity.ts';

const federation: Record<LoginRefusalReason, string> = {
  cancelled: 'You did not log in. You can try again, or go back to the app.',
  unavailable: 'Your plan’s login site cannot be reached right now. Please try again in a few minutes.',
  'not-believed': 'The login could not be completed. Please try again from here.',
  'not-fresh': 'The app asks you to log in again. Please log out at your plan’s site first, then try again.',
  'not-eligible':
    'Your plan does not allow this login to share data. Please call the number on your member card.',
  'no-member-number':
    'Your plan did not tell us your member number. Please call the number on your member card.',
  'unknown-member': 'We could not find your records. Please call the number on your member card.',
  'several-members':
    'We found more than one person for your login, and will not guess. Please call the number on your member card.',
  'member-changed':
    'Your login now belongs to another member number. Please call the number on your member card.',
  'already-linked':
    'Another login already uses your member number. Please call the number on your member card.',
};

export const loginEn = {
  login: {
    title: 'Log in',
    why: (app: string) => `“${app}” asks for health plan data. Log in to decide what it may see.`,
    whyOwnPages: 'Log in to see and change which apps can see your health plan data.',
    login: 'User name or email',
    password: 'Password',
    submit: 'Log in',
    cancel: 'Cancel and go back',
    wrong: 'That user name and password do not match. Please check both and try again.',
    safe: 'The app never sees your password.',
    tooMany: (minutes: number) =>
      `Too many attempts. Please try again in ${minutes === 1 ? '1 minute' : `${minutes} minutes`}.`,
    noPasswords: 'Your plan does not use passwords here. Please log in with the button below.',
    atPlan: (name: string) => `Log in with ${name}`,
    atPlanWhy: 'You will go to your plan’s own site to log in, and come back here.',
    or: 'or',
  },
  code: {
    title: 'Enter your code',
    why: 'Open your authenticator app and type the 6-digit code it shows for this plan.',
    code: 'Code',
    lost: 'If you cannot use your app, type one of your recovery codes instead. Each works once.',
    submit: 'Continue',
    wrong: 'That code is not right, or was used already. Wait for the next code and try again.',
  },
  enrol: {
    title: 'Add a second step',
    demanded: 'Your plan asks for a code from your phone as well as your password. It takes two minutes.',
    scan: '1. Scan this with an authenticator app',
    qr: 'QR code for your authenticator app',
    manual: 'Or type this key into the app:',
    save: '2. Write down your recovery codes',
    saveWhy:
      'If you lose your phone, one of these lets you log in. Each works once. They are shown only now: keep them on paper, in a safe place.',
    confirm: '3. Type the 6-digit code that your app shows now',
    submit: 'Turn on',
    wrong:
      'That code is not right. Check that your phone shows the right time, and type the code it shows now.',
  },
  security: {
    title: 'Security of your login',
    signedInAs: 'Logged in as',
    off: 'Your login is protected by your password alone. Add a code from your phone, so that a stolen password is not enough.',
    on: (date: string) =>
      `Your login is protected by your password and a code from your authenticator app, since ${date}.`,
    left: (count: number) => `Recovery codes left: ${count}`,
    turnOff: 'Turn off',
    turnOffTitle: 'Turn it off, or move to another phone',
    turnOffWhy:
      'Type a code from your app, or a recovery code. To move to another phone, turn it off and set it up again.',
    turnedOn: 'Done. From now on you are asked for a code when you log in.',
    turnedOff: 'Done. You are no longer asked for a code.',
    notOffered: 'Your plan does not offer a second step for your login.',
    atPlan: 'You log in at your plan’s own site. Your password and codes are kept there.',
  },
  federation,
};
