/** The texts of the login, in US English. */
import { joiningEn } from './joining.en.ts';
import { memberHelpEn } from './member-help.en.ts';
import type { LoginChange } from '../../accounts/login-changes.ts';
import type { PasswordProblem } from '../../accounts/password-rules.ts';
import type { LoginRefusalReason } from '../../federation/identity.ts';

const federation: Record<LoginRefusalReason, string> = {
  cancelled: 'You did not log in. You can try again, or go back to the app.',
  unavailable: 'Your plan’s login site cannot be reached right now. Please try again in a few minutes.',
  'not-now': 'Your login could not be finished just now. Please try again in a minute.',
  'not-believed': 'The login could not be completed. Please try again from here.',
  'not-offered':
    'Your plan’s login site and this site do not understand each other. This is not your fault. Please call the number on your member card.',
  'client-refused':
    'Your plan’s login site did not accept this site. This is not your fault. Please call the number on your member card.',
  'not-fresh': 'The app asks you to log in again. Please log out at your plan’s site first, then try again.',
  'not-eligible':
    'Your plan does not allow this login to share data. Please call the number on your member card.',
  'level-too-low':
    'Your plan asks for one more step when you log in, such as a code from your phone. Please log in again, or call the number on your member card.',
  'access-over':
    'The time in which you can log in and see your data is over. Please call the number on your member card.',
  'not-active': 'Your plan has ended this login. Please call the number on your member card.',
  'not-auditor':
    'This login is not an auditor’s. Please log in as another user, or ask your plan’s administrators.',
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
  ...memberHelpEn,
  ...joiningEn,
  login: {
    title: 'Log in',
    why: (app: string) => `“${app}” asks for health plan data. Log in to decide what it may see.`,
    whyUnverified: (app: string, plan: string) =>
      `An app that says its name is “${app}” asks for health plan data. ${plan} has not checked it. Log in to decide what it may see.`,
    /** the app was opened at the plan's own site */
    otherPerson:
      'Somebody else is still logged in here. Your plan’s site has opened the app for a person whose data that login cannot see: log in with one that can.',
    whyOwnPages: 'Log in to see and change which apps can see your health plan data.',
    whyConsole: 'Log in to open the audit console.',
    login: 'User name',
    password: 'Password',
    submit: 'Log in',
    cancel: 'Cancel and go back',
    wrong:
      'That user name and password do not match. Please check both and try again. You can use an email address here only if it is your user name.',
    safe: 'The app never sees your password.',
    tooMany: (minutes: number) =>
      `Too many attempts. Please try again in ${minutes === 1 ? '1 minute' : `${minutes} minutes`}.`,
    noPasswords: 'Your plan does not use passwords here. Please log in with the button below.',
    atPlan: (name: string) => `Log in with ${name}`,
    atPlanWhy: 'You will go to your plan’s own site to log in, and come back here.',
    requestNumber: (id: string) => `If you call your plan, give them this request number: ${id}`,
    or: 'or',
    late: 'This took too long, so it has to begin again.',
    lateLaunch: 'This took too long. Please go back to your plan’s site, and open the app from there again.',
    again: 'Log in again',
    emergency: 'Break-glass login',
    emergencyWhy: 'For the day on which the plan’s own login site is away. Each use raises an alarm.',
    help: 'Help with logging in',
  },
  proof: {
    title: 'One more step',
    why: 'Many wrong passwords came from the network that you use, or at your plan. So we ask for one more proof. If your user name and password were right, type a code: from your authenticator app, or from the email that we have just sent you.',
    none: 'No code? Check your user name and password, and log in again. If you have neither an authenticator app nor an email address with us, wait half a minute before you log in again.',
    again: 'Log in again',
    wrong: 'That did not work. Check the code, or log in again.',
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
    open: 'On this device? Open it in your authenticator app',
    manual: 'Or type this key into the app:',
    save: '2. Write down your recovery codes',
    saveWhy:
      'If you lose your phone, one of these lets you log in. Each works once. They are shown only now: keep them on paper, in a safe place.',
    confirm: '3. Type the 6-digit code that your app shows now',
    submit: 'Turn on',
    wrong:
      'That code is not right. Check that your phone shows the right time, and type the code it shows now.',
    late: 'This took too long. Please begin again, and keep the recovery codes that the page shows then.',
  },
  security: {
    title: 'Security of your login',
    signedInAs: 'Logged in as',
    atPlan: 'You log in at your plan’s own site. Your password and codes are kept there.',
    back: 'Back to the security of your login',
    call: 'If that was not you, call the number on your member card.',
    otherSessionsEnd:
      'All your other logins end then. An app that you connected there “While you are logged in” loses its access within ten minutes. The others stay connected.',
  },
  password: {
    title: 'Password',
    why: 'If somebody else may know your password, change it.',
    change: 'Change password',
    current: 'Password that you have now',
    next: 'New password',
    again: 'New password once more',
    hint: (characters: number) =>
      `Use ${characters} or more characters. A few words that do not belong together are easy to remember and hard to guess. You can use spaces and any characters.`,
    wrong: 'The password that you have now is not right. Please try again.',
    justChanged:
      'Your password was changed a moment ago. If that was you, it is done: use the new password from now on.',
    different: 'The two new passwords are not the same. Please type the new one twice.',
    same: 'That is the password that you have now. Please choose another one.',
    problems: {
      short: (characters: number) =>
        `The new password is too short. It needs ${characters} or more characters.`,
      long: () => 'The new password is too long. It can have 256 characters.',
      common: () => 'Many people use that password, so it is guessed first. Please choose another one.',
      pattern: () =>
        'That password repeats itself or follows the keys of a keyboard. Please choose another one.',
      expected: () =>
        'That password is made of your name, your user name, your plan or other words that people expect. Please choose another one.',
    } satisfies Record<PasswordProblem, (characters: number) => string>,
    done: 'Your password is changed. Your other logins have ended.',
  },
  secondStep: {
    title: 'Second step',
    off: 'Your login is protected by your password alone. Add a code from your phone, so that a stolen password is not enough.',
    on: (date: string) =>
      `Your login is protected by your password and a code from your authenticator app, since ${date}.`,
    left: (count: number) => `Recovery codes left: ${count}`,
    setUp: 'Add a second step',
    manage: 'New phone, new codes, or turn off',
    replaceTitle: 'Move to another phone, or get new recovery codes',
    replaceWhy:
      'Type a code from the app that you use now, or a recovery code. Then you add the new app. The old one works until the new one does.',
    replace: 'Continue',
    replaceNow: 'Now add the new app. The old app and the old recovery codes stop working when you are done.',
    replaceSubmit: 'Use the new app',
    replaced: 'Done. Your new app and your new recovery codes are in use. The old ones do not work any more.',
    lost: 'No phone and no recovery codes? Call the number on your member card. Your plan can take the second step away.',
    turnOff: 'Turn off',
    turnOffTitle: 'Turn it off',
    turnOffWhy: 'Type a code from your app, or a recovery code.',
    demanded: 'Your plan asks everybody for a second step, so it cannot be turned off.',
    onAlready: 'The second step is on already. Nothing was changed.',
    turnedOn: 'Done. From now on you are asked for a code when you log in.',
    turnedOff: 'Done. You are no longer asked for a code.',
  },
  sessions: {
    title: 'Where you are logged in',
    why: 'End a login that you do not know, and change your password.',
    here: 'This browser',
    unknown: 'A browser that did not say its name',
    since: (date: string) => `Logged in ${date}`,
    end: (browser: string) => `End the login: ${browser}`,
    endShort: 'End',
    endOthers: 'End all other logins',
    ended: 'Done. That login has ended.',
    othersEnded: 'Done. All your other logins have ended.',
  },
  loginChanges: {
    title: 'Changes to your login',
    why: 'From the last 13 months. If you do not know one of them, call the number on your member card.',
    factorReset: (date: string) =>
      `On ${date} your plan took the second step of your login away. If you did not ask for that, change your password and call the number on your member card.`,
    texts: {
      'password-changed': 'You changed the password',
      'password-reset': 'The password was reset by e-mail',
      'password-set-by-plan': 'Your plan set a new password',
      'second-factor-on': 'You turned the second step on',
      'second-factor-off': 'You turned the second step off',
      'second-factor-replaced': 'You moved the second step to another app',
      'second-factor-reset': 'Your plan took the second step away',
      'sessions-ended': 'You ended another login',
      'sessions-ended-by-plan': 'Your plan ended all your logins',
      'login-relinked': 'Your plan changed which member this login belongs to',
      'number-changed': 'Your plan gave you another member number',
    } satisfies Record<LoginChange, string>,
  },
  federation,
};
