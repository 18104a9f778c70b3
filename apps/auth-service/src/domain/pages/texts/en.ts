/**
 * The texts for members in US English: short words and short sentences, at about sixth grade. Every other language
 * has the same fields.
 */
import type { ConsentKind, SensitiveCategory } from '@patient-access/fhir';
import type { KnownRelationship } from '../../relations/relations.ts';
import { accessEn } from './access.en.ts';
import { appsEn } from './apps.en.ts';
import { fhirUserEn } from './fhir-user.en.ts';
import { loginEn } from './login.en.ts';
import { mailEn } from './mail.en.ts';
import { receiptEn } from './receipt.en.ts';
import { answerEn } from './answer.en.ts';
import { statementsEn } from './statements.en.ts';
import { recoveryEn } from './recovery.en.ts';

/** The label of a checkbox, and an explanation of what it covers. */
export interface Words {
  label: string;
  explanation: string;
}

const kinds: Record<ConsentKind, Words> = {
  contact: {
    label: 'Personal and contact details',
    explanation:
      'Name, birth date, address, phone, sex and gender, race and ethnicity, language, marital status, family members on the plan',
  },
  coverage: { label: 'Coverage', explanation: 'The plan, member number, start and end dates, deductibles' },
  claims: {
    label: 'Claims and what you paid',
    explanation:
      'Bills from doctors, hospitals and pharmacies with diagnoses and treatments, what the plan paid, prior authorizations',
  },
  conditions: {
    label: 'Health conditions',
    explanation: 'Diagnoses, health concerns, family history, risks',
  },
  medicines: {
    label: 'Medicines',
    explanation: 'Prescriptions, what was picked up at the pharmacy, covered drugs',
  },
  allergies: { label: 'Allergies', explanation: 'Allergies, and what the body does not take well' },
  vaccines: { label: 'Vaccines', explanation: 'Shots given and shots that are due' },
  results: {
    label: 'Test results and vital signs',
    explanation: 'Lab results, blood pressure, weight, imaging, smoking and social history',
  },
  procedures: {
    label: 'Procedures and orders',
    explanation: 'Surgeries, treatments, referrals, orders and messages about care',
  },
  visits: {
    label: 'Visits and appointments',
    explanation: 'Doctor visits and hospital stays and what they were for, appointments',
  },
  plans: { label: 'Care plans and goals', explanation: 'Care plans, health goals, the care team' },
  devices: { label: 'Medical devices', explanation: 'Implants and equipment' },
  documents: {
    label: 'Documents and notes',
    explanation: 'Visit notes, letters, forms, where records come from',
  },
  providers: {
    label: 'Doctors, hospitals and other providers',
    explanation: 'Names, specialties and addresses of those who gave care',
  },
  access: {
    label: 'Who has used this data',
    explanation: 'The record of which apps looked at this data, and when, and what each was allowed to see',
  },
  programs: {
    label: 'Programs and studies',
    explanation: 'Quality measures, research studies, group programs',
  },
};

const sensitive: Record<SensitiveCategory, Words> = {
  'substance-use': {
    label: 'Alcohol and drug treatment',
    explanation:
      'Records of care for alcohol or drug use. A federal law (42 CFR Part 2) gives them extra protection.',
  },
  'mental-health': {
    label: 'Mental health',
    explanation: 'Records of care for mental health, such as therapy, counseling and psychiatric care',
  },
  'sexual-health': {
    label: 'Sexual health and HIV',
    explanation: 'HIV tests and treatment, sexually transmitted infections, other care for sexual health',
  },
  genetics: {
    label: 'Genetic tests',
    explanation: 'Results of gene tests, and illnesses that can run in a family',
  },
  violence: {
    label: 'Abuse and violence',
    explanation: 'Care after sexual assault, or after abuse or violence at home',
  },
  restricted: {
    label: 'Other restricted records',
    explanation: 'Records that the plan or a doctor marked as very private',
  },
};

export const en = {
  language: 'en' as 'en' | 'es',
  /** the locale for dates, BCP 47 */
  locale: 'en-US',
  languages: 'Language',
  newTab: '(opens in a new tab)',
  /** before the title of a page that says what is wrong with a form */
  problem: 'Problem',
  /** relationship of the person whose data it is to the person who logs in; an unknown one is shown unchanged */
  relationships: {
    self: 'You',
    spouse: 'Your spouse',
    child: 'Your child',
    stepchild: 'Your stepchild',
    'foster-child': 'Your foster child',
    grandchild: 'Your grandchild',
    ward: 'You are the guardian of this person',
    parent: 'Your parent',
    executor: 'You act for the estate',
    'personal-representative': 'You act for this person',
  } satisfies Record<KnownRelationship, string> as Record<string, string>,
  ...loginEn,
  ...mailEn,
  ...answerEn,
  ...recoveryEn,
  ...accessEn,
  ...receiptEn,
  choose: {
    title: 'Whose data?',
    why: (app: string) => `You can share data of one person at a time with “${app}”.`,
    people: 'Share the data of',
    submit: 'Continue',
    deny: 'Do not allow',
    missing: 'Please choose one person.',
    nobody: 'This login is not for any member’s data, so there is nothing to share.',
  },
  consent: {
    statements: statementsEn,
    title: (app: string) => `Share data with “${app}”?`,
    titleUnverified: (app: string) => `Share data with an app that says its name is “${app}”?`,
    verified: (plan: string) => `Verified by ${plan}`,
    verifiedWhy: 'Your plan has checked who makes this app.',
    unverified: 'Not verified by your plan',
    unverifiedWhy: (plan: string) =>
      `${plan} has not checked this name, and does not know who makes the app. Only go on if you trust it, and started this from the app yourself.`,
    sameName: (other: string, own: string) =>
      `You have already connected another app with this name. That one goes back to ${other}, and this one to ${own}. So it may be made by somebody else.`,
    about: 'About the app',
    claims: 'What the app says about itself',
    publisher: 'Made by',
    domain: 'Website',
    website: 'Website',
    contact: 'Contact',
    policy: 'Privacy policy',
    terms: 'Terms of use',
    noPolicy: 'The app did not give one',
    returnTo: 'You will go back to',
    device: 'an app on this device',
    /** where a consent of another day went back to: the person may look at it elsewhere */
    anyDevice: 'an app on a device of yours',
    subject: 'Data of',
    seenUntil: 'Can be seen until',
    signedInAs: 'Logged in as',
    /** in the place of a name: who logs in at the plan and is none of the members */
    actsFor: (names: string) => `somebody who acts for ${names}`,
    oneOther: '1 other',
    others: (count: string) => `${count} others`,
    /** in the place of a name too, where the app gets no member's data */
    actsForAMember: 'somebody who acts for a member of this plan',
    notYou: 'Not you? Log in with another user name',
    kinds: 'What the app asks to see',
    untick: 'Uncheck what you do not want to share.',
    overlap:
      'What you uncheck may still show in other kinds: a claim, a visit or a prescription says what the care was for, and most records have the person’s name.',
    everything:
      'The app asks for everything your plan holds, and also for kinds of data that are added later. Uncheck one kind to share only the others.',
    groups: { plan: 'Plan and costs', health: 'Health', more: 'More' },
    onlyPart: (part: string) => `Only a part: ${part}`,
    readOnly: 'The app can look at this data and keep a copy. It cannot change anything.',
    noData: 'The app gets no health data.',
    /** of an app that asks for no data, and for whose it would be */
    memberCode: (name: string) => `It gets a code that stands for ${name}. It is the same each time.`,
    identity: 'Who you are',
    identityParts: {
      account: 'The app gets a code that stands for you. It is the same each time.',
      member: 'The app learns which member logged in.',
      name: 'The app learns your name and which member logged in.',
      'name-alone': 'The app learns your name.',
    },
    fhirUserParts: fhirUserEn,
    always: 'Always shared',
    sensitive: 'Extra private records',
    sensitiveWhy:
      'These records stay out, wherever they are in the data above, unless you check them. You do not have to check any.',
    part2: (statement: string) => `The app gets these records with this notice: “${statement}”`,
    part2NotCarried:
      'This app does not say that it keeps this notice with the records. You can share them with it all the same.',
    planSums:
      'One thing is not left out: totals of your plan, such as how much of your deductible is used. They count all your care and do not say which care it was.',
    howLong: 'For how long?',
    /** before the link to the page */
    howLongWhy: 'You can take it back at any time, on this page:',
    /** below the link to the page */
    connected: (revoke: string) =>
      `You have already connected this app, and that goes on as you agreed to it then. What you choose here is added to it. To share less, first press “${revoke}” on that page.`,
    once: {
      label: 'Only this time',
      explanation: (minutes: string) => `About ${minutes} minutes. After that the app has to ask you again.`,
    },
    session: {
      label: 'While you are logged in',
      explanation: (minutes: string, hours: string) =>
        `Ends when you log out, or ${minutes} minutes after you last logged in or shared data here. Never longer than ${hours} hours.`,
    },
    days: { one: '1 day', label: (count: string) => `${count} days` },
    months: { one: '1 month', label: (count: string) => `${count} months` },
    until: (date: string) => `Until ${date}, also when you are not using the app.`,
    after:
      'Once you share it, the app’s own privacy policy applies to the data. Health privacy law (HIPAA) may not protect it there.',
    agree: 'Agree and share',
    deny: 'Do not allow',
    other: 'Choose another person',
    none: 'Keep at least one kind of data checked, or choose “Do not allow”.',
    duration: 'Please choose for how long.',
    changed:
      'Something on this page has changed since you opened it. Nothing was shared. Please check it again.',
    /** search parameters by which a scope may be narrowed, and their usual values */
    parameters: {
      category: 'type',
      code: 'code',
      status: 'status',
      date: 'date',
      'service-date': 'date of service',
      _lastUpdated: 'last change',
    } as Record<string, string>,
    /** the comparisons of dates, by FHIR's prefixes */
    bounds: {
      ge: (day: string) => `from ${day} on`,
      gt: (day: string) => `after ${day}`,
      sa: (day: string) => `after ${day}`,
      le: (day: string) => `up to ${day}`,
      lt: (day: string) => `before ${day}`,
      eb: (day: string) => `before ${day}`,
    } as Record<string, (day: string) => string>,
    values: {
      laboratory: 'lab results',
      'vital-signs': 'vital signs',
      'social-history': 'social history',
      survey: 'questionnaires',
      sdoh: 'living conditions',
      'encounter-diagnosis': 'diagnoses made at a visit',
      'problem-list-item': 'the list of health problems',
      'health-concern': 'health concerns',
      active: 'active',
    } as Record<string, string>,
    and: 'and',
    or: 'or',
    kindTexts: kinds,
    sensitiveTexts: sensitive,
  },
  member: {
    nav: 'Your pages',
    card: 'Insurance card',
    apps: 'Connected apps',
    access: 'Who saw my data',
    security: 'Security',
    email: 'Email',
    console: 'Audit console',
    openConsole: 'Open the audit console',
    noAuditor: 'This login is not an auditor’s. The audit console is for auditors of the plan.',
    loggedInAs: 'Logged in as',
    logOut: 'Log out',
    logIn: 'Log in',
    loggedOut: 'You are logged out',
    loggedOutWhy:
      'Log in to see which apps can see your health plan data. An app that you connected in this browser “While you are logged in” loses its access within ten minutes. Logging out does not disconnect the others.',
  },
  apps: appsEn,
  error: {
    busy: 'Many people are logging in right now. Please try again in a few seconds.',
    title: 'This did not work',
    expired: 'This page is no longer valid. Please go back to the app and start again.',
    noCookies:
      'This page is no longer valid, or your browser does not keep cookies. Please allow cookies for this site. Then go back to the app and start again.',
    request: 'The app sent a request that cannot be answered. Nothing was shared.',
    launch:
      'Your plan’s site opens an app for a short time and only once. Nothing was shared. Please go back to your plan’s site, and open the app from there again.',
    forbidden:
      'This page cannot be used like this. Nothing was shared. Please go back to the app and start again.',
    ownForbidden:
      'This page was open for a long time, or you have logged in again since then. Nothing was changed. Please open the page again.',
    ownFailure:
      'Something went wrong on our side. It may be that nothing was changed. Please open the page again and check.',
    openAgain: 'Open the page again',
    suspended: 'Your plan has paused access for apps. Nothing is shared. Please try again later.',
    failure: 'Something went wrong on our side. Nothing was shared. Please try again in a few minutes.',
    help: 'About this error',
    detail: 'For the app’s developer',
    back: 'Go back to the app',
    backTitle: 'Go back?',
    backWhy: (app: string, plan: string) =>
      `The app says its name is “${app}”. ${plan} has not checked it. Only go back if you came from this app and trust it. It learns what went wrong, and nothing about you.`,
    requestId: 'Request number',
  },
};

/** Every language has to have all texts. A missing text does not compile. */
export type Texts = typeof en;
