/** What members read in emails, in US English. A mail names no person, no app and nothing about health. */
import type { MailKind } from '../../mail/mail-kinds.ts';

/** What a text may have in it. */
export interface MailFacts {
  /** of a page of ours: the link that the mail is about, or the page to look at */
  url: string;
  /** for the login; empty in other mails */
  code: string;
  /** how long link or code is good; 0 in other mails */
  minutes: number;
}

const notYou = 'Was this not you? Change your password, and call the number on your member card.';

const why = {
  login: 'this is the email address of a login',
  developer: 'this address was typed on its pages for app developers',
  member: 'it has this email address for you',
  staff: 'its settings name this address for applications of app developers',
};

const kinds: Record<MailKind, { subject: string; text(facts: MailFacts): string }> = {
  'password-reset': {
    subject: 'Choose a new password',
    text: ({ url, minutes }) =>
      `Somebody asked for a new password for your login. If this was you, choose one here:\n\n${url}\n\n` +
      `The link works once, for ${minutes} minutes. If it was not you, do nothing: your password stays as it is.`,
  },
  'address-confirm': {
    subject: 'Confirm your email address',
    text: ({ url, minutes }) =>
      `This email address was entered for a login. If this was you, confirm it here:\n\n${url}\n\n` +
      `The link works once, for ${minutes} minutes, and asks you to log in. If it was not you, do nothing.`,
  },
  'login-code': {
    subject: 'Your code',
    text: ({ code, minutes }) =>
      `Your code to log in is\n\n${code}\n\nIt works once, for ${minutes} minutes, on the page that asked for it. ` +
      `Give it to nobody. If you are not logging in right now, somebody may know your password: change it.`,
  },
  'developer-link': {
    subject: 'Your link for app developers',
    text: ({ url, minutes }) =>
      `Somebody asked for an account for app developers with this email address, or for a new password for it. If this was ` +
      `you, choose the password here:\n\n${url}\n\nThe link works once, for ${minutes} minutes. If it was not you, do nothing.`,
  },
  'join-code': {
    subject: 'Your code to make an account',
    text: ({ code, minutes }) =>
      `Your code to make an account is\n\n${code}\n\nIt works once, for ${minutes} minutes, in the browser that asked for it. ` +
      `Give it to nobody. If you did not ask for it, do nothing: without the code nobody can make your account.`,
  },
  'join-known': {
    subject: 'You have an account already',
    text: ({ url }) =>
      `Somebody wanted to make an account for you. If this was you: you have an account already. Log in with it, or choose ` +
      `a new password with “Forgot your password?”:\n\n${url}\n\nIf it was not you, do nothing: no second account was made.`,
  },
  'join-text': {
    subject: '',
    text: ({ code, minutes }) =>
      `${code} is your code to make an account. It works once, for ${minutes} minutes. Give it to nobody.`,
  },
  'join-text-known': {
    subject: '',
    text: () =>
      'You have an account already: log in with it. Forgot the password? Look at the login page, or call your plan.',
  },
  'account-made': {
    subject: 'Your account was made',
    text: ({ url }) =>
      `An account was made for you, with which you can log in and connect apps. You can look at it here:\n\n${url}\n\n` +
      `Was this not you? Call the number on your member card at once.`,
  },
  'application-news': {
    subject: 'About your application',
    text: ({ url }) =>
      `There is something new about an app that you applied for: it was sent, or the plan has asked something or has decided. ` +
      `Log in to read it:\n\n${url}`,
  },
  'application-arrived': {
    subject: 'An application of an app developer',
    text: () =>
      `The developer of an app has applied, or has answered what you asked. Look at it with the administration command ` +
      `“application list”, or with your own program for administrators.`,
  },
  'break-glass-used': {
    subject: 'A break-glass login was used',
    text: ({ url }) =>
      `Somebody has just logged in to the audit console with a break-glass login, which has a password and is meant for the ` +
      `day on which your identity provider is away. The audit trail has the event break-glass with the login and the ` +
      `network address. If nobody of you was it, end its sessions and give it a new password at once.\n\n${url}`,
  },
  'app-connected': {
    subject: 'An app was connected',
    text: ({ url }) =>
      `A new app was connected with your login. You can see your connected apps, and stop each of them, here:\n\n${url}\n\n${notYou}`,
  },
  'connection-ended': {
    subject: 'A connection was stopped for your safety',
    text: ({ url }) =>
      `A key of one of your connected apps was used twice. This can mean that somebody has copied it, so we stopped the ` +
      `connection. See which one it was here:\n\n${url}\n\nIf you want to use the app again, connect it again.`,
  },
  'relation-ended': {
    subject: 'A connection has ended',
    text: ({ url }) =>
      `An app could see data of a person because somebody had agreed to it with a login of your plan. Your plan says that ` +
      `this login may no longer see this data, so the connection has ended. See which one it was here:\n\n${url}`,
  },
  'records-corrected': {
    subject: 'Your plan corrected its records',
    text: ({ url }) =>
      `Your plan corrected under which person some of its records stand. For your safety all apps that could see these records ` +
      `were disconnected. You can connect them again. If you act for somebody else, the plan has to confirm it first. See ` +
      `which apps these were here:\n\n${url}\n\nIf you have a question, call the number on your member card.`,
  },
  'consent-ends': {
    subject: 'A connection will end soon',
    text: ({ url }) =>
      `The time that you agreed to for one of your connected apps is over within 14 days. See which one it is here:\n\n${url}\n\n` +
      `You do not have to do anything. If you want to go on using the app, connect it again.`,
  },
  'access-ends': {
    subject: 'Your access will end',
    text: ({ url }) =>
      `In 60 days or less the time is over in which you can see data of the plan here: your own, or that of somebody else. ` +
      `See whose it is, and until when, here:\n\n${url}\n\nUntil then you can download the data with an app and keep it. ` +
      `If you think that this is a mistake, call the number on your member card.`,
  },
  'password-changed': {
    subject: 'Your password was changed',
    text: ({ url }) =>
      `The password of your login was changed. You can look at your login here:\n\n${url}\n\n${notYou}`,
  },
  'factor-changed': {
    subject: 'The second step of your login was changed',
    text: ({ url }) =>
      `The second step of your login was turned on, turned off or replaced. You can look at it here:\n\n${url}\n\n${notYou}`,
  },
  'address-changed': {
    subject: 'Your email address was changed',
    text: ({ url }) =>
      `This email address is no longer the one of your login. You can look at your login here:\n\n${url}\n\n${notYou}`,
  },
};

export const mailEn = {
  mail: {
    kinds,
    sender: (plan: string, reader: keyof typeof why) =>
      `${plan} sends this mail because ${why[reader]}. ` +
      `Nobody of the plan will ask you for a password or a code, by email or by phone.`,
  },
};
