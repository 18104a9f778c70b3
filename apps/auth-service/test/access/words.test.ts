import { describe, expect, it } from '@jest/globals';
import { CARD_LINK_CLIENT_ID } from '@patient-access/events';
import { accessLines, whoseAccess } from '../../src/web/member-pages/access-sentences.ts';
import { KINDS } from '../../src/domain/consent/kinds.ts';
import { TEXTS } from '../../src/domain/pages/language.ts';
import type { MemberAccess } from '@patient-access/internal-api';

const by = { day: '2026-05-03', app: 'a', name: 'Health Diary', login: null, times: 1 };
const read = (counts: Record<string, number>): MemberAccess[] =>
  Object.entries(counts).map(([type, resources]) => ({ ...by, happened: 'read', type, resources }));
const refused = (what: string, times = 1): MemberAccess => ({ ...by, happened: 'refused', what, times });

const said = (accesses: MemberAccess[], language: 'en' | 'es' = 'en', own = true) =>
  accessLines({ texts: TEXTS[language], own }, accesses).map(({ text, tone }) => [tone, text]);

describe('whose an access is', () => {
  it('says the name only where a link to the card was opened: an app may have changed its name', () => {
    const of = (app: string, name: string) => whoseAccess({ app, name });
    expect(of('app-1', 'Old name')).toBe(of('app-1', 'New name'));
    expect(of('card-link', 'Front desk')).not.toBe(of('card-link', 'Another desk'));
  });
});

describe('the words for accesses', () => {
  it('add up what was read, by kind of data', () => {
    const accesses = [
      ...read({ ExplanationOfBenefit: 7, Coverage: 1 }),
      ...read({ Claim: 5 }),
      ...read({ Condition: 1 }),
    ];
    expect(said(accesses)).toEqual([['given', 'read your coverage, 12 claims, and 1 health condition']]);
    expect(said(accesses, 'es')).toEqual([
      ['given', 'leyó su cobertura, 12 reclamaciones y 1 problema de salud'],
    ]);
    expect(said(accesses, 'en', false)).toEqual([
      ['given', 'read the coverage, 12 claims, and 1 health condition'],
    ]);
  });

  it('distinguish a search of which no record left from data that was read', () => {
    expect(said(read({ AllergyIntolerance: 0, Immunization: 2, Goal: 0 }))).toEqual([
      ['given', 'read 2 vaccines'],
      [
        'other',
        // A search that asks for the number alone (`_summary=count`) has the same event.
        'looked for Allergies and Care plans and goals and found nothing, or asked only how many there are',
      ],
    ]);
    expect(said(read({ Unheard: 3 }))).toEqual([['given', 'read other records']]);
  });

  it('name nothing that the card does not show, where a link to it was opened', () => {
    const opened = read({ Coverage: 1, Patient: 1 }).map((each) => ({ ...each, app: CARD_LINK_CLIENT_ID }));
    expect(said(opened)).toEqual([['given', 'read your name and your coverage']]);
    expect(said(opened, 'en', false)).toEqual([['given', 'read the name and the coverage']]);
    expect(said(opened, 'es')).toEqual([['given', 'leyó su nombre y su cobertura']]);
    expect(said(read({ Patient: 1 }))).toEqual([['given', 'read your personal and contact details']]);
  });

  it('say that an app was told who had logged in', () => {
    const told = (resources: number): MemberAccess[] => [{ ...by, happened: 'read', type: null, resources }];
    expect(said([...read({ Coverage: 1 }), ...told(1)])).toEqual([
      ['given', 'read your coverage'],
      ['given', 'asked once who had logged in, and got a name or an id'],
    ]);
    expect(said([...told(2), ...told(1)], 'es')).toEqual([
      ['given', 'preguntó 3 veces quién había iniciado sesión y recibió un nombre o un identificador'],
    ]);
    expect(said(told(0))).toEqual([]);
  });

  it('say what was refused, why, and how often', () => {
    const accesses = [refused('scope-insufficient', 2), refused('member-other')];
    expect(said(accesses)).toEqual([
      ['refused', 'was refused 2 times: it asked for more than it may see'],
      ['refused', 'was refused once: it asked for another person’s data'],
    ]);
    expect(said([refused('never-heard-of')])).toEqual([['refused', 'was refused once: it may not do that']]);
    expect(said([refused('result-too-large')])).toEqual([
      ['refused', 'was refused once: it asked for more than one answer can hold'],
    ]);
    expect(said([refused('search-too-costly')], 'es')).toEqual([
      ['refused', 'fue rechazada una vez: pidió más de lo que podemos buscar a la vez'],
    ]);
    expect(said(accesses.slice(0, 1), 'es')).toEqual([
      ['refused', 'fue rechazada 2 veces: pidió más de lo que puede ver'],
    ]);
  });

  it('F65: say how the plan corrected the record: something is taken out of it by a withdrawal alone', () => {
    const corrected = (...acts: (string | null)[]): MemberAccess[] =>
      acts.map((what) => ({ ...by, happened: 'corrected', what }));
    expect(said(corrected('withdraw', 'withdraw', 'merge'))).toEqual([
      ['other', 'corrected this record: something that belonged to somebody else was taken out'],
      ['other', 'put this record together with another record of the same person'],
    ]);
    for (const language of ['en', 'es'] as const) {
      const [[, withdrawn = ''] = []] = said(corrected('withdraw'), language);
      const acts = ['merge', 'unmerge', 'split', 'unsplit'];
      const others = acts.flatMap((act) => said(corrected(act), language)).map(([, text]) => text);
      expect(new Set([withdrawn, ...others]).size).toBe(5);
    }
    // As the release before tells it, and an act that this one does not know.
    expect(said(corrected(null, 'later'))).toEqual([['other', 'corrected this record']]);
  });

  it('say what failed, and what was done to a consent', () => {
    const accesses: MemberAccess[] = [
      { ...by, happened: 'interrupted', what: null },
      { ...by, happened: 'failed', what: 'unavailable' },
      { ...by, happened: 'consent', what: 'grant' },
      { ...by, happened: 'consent', what: 'narrow' },
      { ...by, happened: 'consent', what: 'revoke' },
    ];
    expect(said(accesses).map(([, text]) => text)).toEqual([
      'asked for data, and the answer broke off once: a part of it may have arrived',
      'got no answer once, because something went wrong on our side',
      'was connected',
      'may see less than before',
      'was disconnected',
    ]);
  });

  it('cover every kind of data, in every language', () => {
    for (const texts of Object.values(TEXTS))
      for (const { id } of KINDS)
        for (const [count, one] of [
          ['1', true],
          ['12', false],
        ] as const)
          expect(texts.access.readKinds[id](count, one, true)).toMatch(/\p{L}/u);
  });
});
