/** The texts of the page about who saw a member's data, in US English. */
import type { ConsentKind } from '@patient-access/fhir';
import { cardEn } from './card.en.ts';
import { freshnessEn } from './freshness.en.ts';
import { unreadEn } from './unread.en.ts';

/**
 * The data that was read, as the object of a sentence.
 *
 * @param count the number as it is written
 * @param one is it a single one?
 * @param own is it the reader's own data?
 */
type Read = (count: string, one: boolean, own: boolean) => string;

const counted =
  (one: string, many: string): Read =>
  (count, isOne) =>
    `${count} ${isOne ? one : many}`;
const whole =
  (thing: string): Read =>
  (_count, _one, own) =>
    `${own ? 'your' : 'the'} ${thing}`;

const read: Record<ConsentKind, Read> = {
  contact: whole('personal and contact details'),
  coverage: whole('coverage'),
  claims: counted('claim', 'claims'),
  conditions: counted('health condition', 'health conditions'),
  medicines: counted('entry about medicines', 'entries about medicines'),
  allergies: counted('allergy', 'allergies'),
  vaccines: counted('vaccine', 'vaccines'),
  results: counted('test result or vital sign', 'test results and vital signs'),
  procedures: counted('procedure or order', 'procedures and orders'),
  visits: counted('visit', 'visits'),
  plans: counted('care plan or goal', 'care plans and goals'),
  devices: counted('medical device', 'medical devices'),
  documents: counted('document', 'documents'),
  providers: counted('doctor, hospital or other provider', 'doctors, hospitals and other providers'),
  access: (_count, _one, own) => `the list of who saw ${own ? 'your' : 'this'} data`,
  programs: counted('program or study', 'programs and studies'),
};

export const accessEn = {
  ...cardEn,
  ...freshnessEn,
  ...unreadEn,
  access: {
    title: 'Who saw my data',
    titleOf: (name: string) => `Who saw the data of ${name}`,
    why: 'Each time somebody asks for this data, it is written down here, whether they got it or not. Nobody can take an entry out.',
    people: 'Whose data',
    you: 'You',
    months: 'Month',
    chart: (month: string) => `How often this data was asked for in ${month}`,
    legend: { given: 'Data was given', refused: 'Refused' },
    bar: (day: string, given: string, refused: string) => `${day}: given ${given}, refused ${refused}`,
    none: (month: string) => `There is no entry for ${month}.`,
    asOf: (time: string) =>
      `As of ${time}. A new entry shows up here within a minute, or later if something is not working on our side.`,
    nobody: 'This login is not for any member’s data, so there is nothing to show.',
    incomplete: (date: string) =>
      `This month has more entries than fit here. You see the newest ones, back to ${date}. An app that may see this list can get all of them.`,
    byApp: 'By app',
    /** of an app and the month */
    days: (count: string, one: boolean) => `on ${count} ${one ? 'day' : 'days'}`,
    byDay: 'Day by day',
    read: (things: string) => `read ${things}`,
    userinfo: (times: string, one: boolean) =>
      `asked ${one ? 'once' : `${times} times`} who had logged in, and got a name or an id`,
    /** of both no record left, which is what the page is told */
    nothing: (kinds: string) => `looked for ${kinds} and found nothing, or asked only how many there are`,
    refused: (times: string, one: boolean, why: string) =>
      `was refused ${one ? 'once' : `${times} times`}: ${why}`,
    failed: (times: string, one: boolean) =>
      `got no answer ${one ? 'once' : `${times} times`}, because something went wrong on our side`,
    interrupted: (times: string, one: boolean) =>
      `asked for data, and the answer broke off ${one ? 'once' : `${times} times`}: a part of it may have arrived`,
    consents: {
      grant: 'was connected',
      change: 'had its permission changed',
      narrow: 'may see less than before',
      revoke: 'was disconnected',
      deny: 'asked to be connected and was turned down',
    } as Record<string, string>,
    /** by what was done; a record that is put together with another one, or taken apart, is told of it like the other one */
    corrections: {
      withdraw: 'corrected this record: something that belonged to somebody else was taken out',
      merge: 'put this record together with another record of the same person',
      unmerge: 'took this record and another one apart again: they had been put together by mistake',
      split: 'took this record and another one apart: they had been one record by mistake',
      unsplit: 'put together again what had been taken apart by mistake',
    } as Record<string, string>,
    correctionOther: 'corrected this record',
    consentOther: 'had its permission changed',
    reasons: {
      'scope-insufficient': 'it asked for more than it may see',
      'member-other': 'it asked for another person’s data',
      'not-found': 'it asked for something that is not there for it',
      deleted: 'it asked for something that the plan has deleted',
      'wrong-tenant': 'it asked at another health plan',
      'cursor-forged':
        'it asked by a link that was not made for it, or that it got before its permission changed',
      'cursor-expired': 'it asked by a link that was too old',
      'request-invalid': 'it asked in a way that we could not read',
      'parameter-invalid': 'it asked in a way that we could not read',
      'parameter-unsupported': 'it asked in a way that we do not support',
      'method-unsupported': 'it asked in a way that we do not support',
      'format-unsupported': 'it asked in a way that we do not support',
      'media-type-unsupported': 'it asked in a way that we do not support',
      'request-too-wide': 'it asked in a way that we do not support',
      'result-too-large': 'it asked for more than one answer can hold',
      'search-too-costly': 'it asked for more than we can look up at once',
      'link-ended': 'the code of the card does not work any more',
      'passcode-wrong': 'the passcode was wrong',
      'passcode-missing': 'there was no passcode',
    } as Record<string, string>,
    reasonOther: 'it may not do that',
    goesBackTo: (place: string) => `goes back to ${place}`,
    /** of whoever connected the app */
    aDevice: 'an app on a device',
    through: (name: string) => `through the login of ${name}`,
    throughFormer: 'through a login that no longer exists',
    /** the name was that of the person's own data, which the login no longer opens */
    throughUnnamed: 'through a login that has no name any more',
    throughDelegate: 'through the login of somebody who acts for this person',
    /** who opened a code of the card, as it says itself */
    byLink: (name: string) => `By a code of the card: somebody who says to be “${name}”`,
    /** of this page, the card and the others where a member is logged in at the plan itself */
    ownPages: (plan: string) => `${plan}, on its pages for members such as this one`,
    other: 'other records',
    countedTwice: 'What is read twice is counted twice.',
    unavailable:
      'The list cannot be shown right now, because the record of who saw this data does not answer. Please try again in a few minutes.',
    readKinds: read,
    /** what a card shows of a person */
    nameOnCard: (own: boolean): string => (own ? 'your name' : 'the name'),
  },
};
