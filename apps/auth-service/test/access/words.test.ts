import { describe, expect, it } from '@jest/globals';
import { linesOf } from '../../src/member-pages/access-words.ts';
import { KINDS } from '../../src/consent/kinds.ts';
import { TEXTS } from '../../src/pages/language.ts';
import { type AuditEvent, type Fact, factOf } from '../../src/trail/audit-event.ts';

const fact = (happened: Fact['happened']): Fact => ({
  ...{ at: '2026-05-03T12:00:00.000Z', app: { id: 'a', name: 'Health Diary' } },
  happened,
});
const read = (counts: Record<string, number>) =>
  fact({ kind: 'read', counts: new Map(Object.entries(counts)) });
const refused = (reason: string) => fact({ kind: 'refused', reason });

const said = (facts: Fact[], language: 'en' | 'es' = 'en', own = true) =>
  linesOf({ texts: TEXTS[language], own }, facts).map(({ text, tone }) => [tone, text]);

describe('what happened, in words,', () => {
  it('adds up what was read, by kind', () => {
    const facts = [
      read({ ExplanationOfBenefit: 7, Coverage: 1 }),
      read({ Claim: 5 }),
      read({ Condition: 1 }),
    ];
    expect(said(facts)).toEqual([['given', 'read your coverage, 12 claims, and 1 health condition']]);
    expect(said(facts, 'es')).toEqual([
      ['given', 'leyó su cobertura, 12 reclamaciones y 1 problema de salud'],
    ]);
    expect(said(facts, 'en', false)).toEqual([
      ['given', 'read the coverage, 12 claims, and 1 health condition'],
    ]);
  });

  it('tells what was looked for and not there apart from what was read', () => {
    expect(said([read({ AllergyIntolerance: 0 }), read({ Immunization: 2 }), read({ Goal: 0 })])).toEqual([
      ['given', 'read 2 vaccines'],
      ['other', 'looked for Allergies and Care plans and goals and found nothing'],
    ]);
    expect(said([read({ Unheard: 3 })])).toEqual([['given', 'read other records']]);
  });

  it('says plainly what was refused, why, and how often', () => {
    const facts = [refused('insufficient-scope'), refused('insufficient-scope'), refused('other-member')];
    expect(said(facts)).toEqual([
      ['refused', 'was refused 2 times: it asked for more than it may see'],
      ['refused', 'was refused once: it asked for another person’s data'],
    ]);
    expect(said([refused('never-heard-of')])).toEqual([['refused', 'was refused once: it may not do that']]);
    expect(said(facts.slice(0, 2), 'es')).toEqual([
      ['refused', 'fue rechazada 2 veces: pidió más de lo que puede ver'],
    ]);
  });

  it('says what went wrong, and what became of a permission', () => {
    const facts = [
      fact({ kind: 'failed', reason: 'unavailable' }),
      fact({ kind: 'consent', action: 'grant' }),
      fact({ kind: 'consent', action: 'revoke' }),
    ];
    expect(said(facts).map(([, text]) => text)).toEqual([
      'got no answer once, because something went wrong on our side',
      'was connected',
      'was disconnected',
    ]);
  });

  it('has a word for every kind of data, in every language', () => {
    for (const texts of Object.values(TEXTS))
      for (const { id } of KINDS)
        for (const [count, one] of [
          ['1', true],
          ['12', false],
        ] as const)
          expect(texts.access.readKinds[id](count, one, true)).toMatch(/\p{L}/u);
  });
});

const event = (change: Partial<AuditEvent>): AuditEvent => ({
  ...{ id: 'x', recorded: '2026-05-03T12:00:00.000Z', outcome: '0', type: { code: 'rest' } },
  agent: [{ who: { identifier: { value: 'app-1' }, display: 'Health Diary' } }],
  ...change,
});

describe('a fact', () => {
  it('is read from an AuditEvent', () => {
    const user = { type: { coding: [{ code: 'IRCP' }] }, who: { identifier: { value: 'login-1' } } };
    const [app] = event({}).agent;
    expect(factOf(event({ agent: app ? [app, user] : [] }))).toEqual({
      at: '2026-05-03T12:00:00.000Z',
      app: { id: 'app-1', name: 'Health Diary' },
      login: 'login-1',
      happened: { kind: 'read', counts: new Map() },
    });
    expect(factOf(event({ outcome: '4', outcomeDesc: 'not-found' }))?.happened).toEqual({
      kind: 'refused',
      reason: 'not-found',
    });
    expect(factOf(event({ outcome: '12', outcomeDesc: 'unavailable' }))?.happened.kind).toBe('failed');
  });

  it('is not made of a login or a token', () => {
    expect(factOf(event({ type: { code: '110114' }, subtype: [{ code: '110122' }] }))).toBeUndefined();
  });
});
