import { describe, expect, it } from '@jest/globals';
import type { TokenClaims } from '../../src/claims.ts';
import { type AccessRequest, decide, ALL_MEMBERS, NO_MEMBER } from '../../src/decision.ts';
import { request, tokenFor } from './asked.ts';

const INTERACTIONS = ['read', 'vread', 'history-instance', 'search-type'] as const;
const TYPES = ['Coverage', 'Claim', 'AuditEvent'];
const CONTEXTS = ['patient', 'user', 'system'];
const LETTERS = ['c', 'r', 'u', 'd', 's', 'rs', 'cud', 'cruds', 'read', 'write', '*'];

/** The rule in another form, as a table of what opens what. */
function opens(context: string, scopeType: string, letters: string, asked: AccessRequest): boolean {
  const reads = ['r', 'rs', 'cruds', 'read', '*'];
  const searches = ['s', 'rs', 'cruds', 'read', '*'];
  const named = scopeType === asked.type;
  return (
    ['patient', 'user'].includes(context) &&
    (named || (scopeType === '*' && !asked.namedOnly)) &&
    (asked.interaction === 'search-type' ? searches : reads).includes(letters)
  );
}

describe('a type that the plan does not offer', () => {
  it('is opened by no token', () => {
    const offered = { types: ['Claim'] };
    for (const scope of ['patient/*.rs', 'patient/Coverage.rs', 'user/Coverage.rs'])
      expect(decide(tokenFor(scope, offered), request())).toEqual({ allowed: false, reason: 'not-offered' });
    const backend = tokenFor('system/Coverage.rs', { ...offered, sub: 'app', patient: undefined });
    expect(decide(backend, request({ isReferenceData: true }))).toEqual({
      allowed: false,
      reason: 'not-offered',
    });
    expect(decide(tokenFor('patient/*.rs', offered), request({ type: 'Claim' })).allowed).toBe(true);
  });
});

describe('a decision', () => {
  it('agrees with the table for every single scope and request', () => {
    for (const context of CONTEXTS)
      for (const scopeType of ['*', ...TYPES])
        for (const letters of LETTERS)
          for (const interaction of INTERACTIONS)
            for (const type of TYPES)
              for (const namedOnly of [false, true]) {
                const asked = request({ interaction, type, namedOnly });
                const scope = `${context}/${scopeType}.${letters}`;
                const { allowed } = decide(tokenFor(scope), asked);
                expect([scope, asked, allowed]).toEqual([
                  scope,
                  asked,
                  opens(context, scopeType, letters, asked),
                ]);
              }
  });

  it.each([
    '',
    'openid profile fhirUser',
    'launch/patient offline_access',
    'patient/Coverage',
    'patient/Coverage.sr',
    '*',
  ])('refuses by default: %j', (scope) => {
    expect(decide(tokenFor(scope), request())).toEqual({ allowed: false, reason: 'scope-insufficient' });
  });

  it('names the tenant and member of the token', () => {
    expect(decide(tokenFor('patient/*.rs'), request())).toEqual({
      allowed: true,
      tenant: 'north',
      member: 'A',
      granularFilters: [[]],
      released: [],
    });
  });

  it('carries the sensitivity labels that the member released', () => {
    const labels = ['urn:plan|own'];
    expect(decide(tokenFor('patient/*.rs', { sensitive: labels }), request())).toMatchObject({
      released: labels,
    });
  });

  it('refuses at another tenant, whatever the scope', () => {
    const asked = request({ tenant: 'south' });
    expect(decide(tokenFor('patient/*.cruds'), asked)).toEqual({ allowed: false, reason: 'wrong-tenant' });
    expect(decide(tokenFor('', { patient: undefined }), asked)).toEqual({
      allowed: false,
      reason: 'wrong-tenant',
    });
  });

  it('refuses a token without a member', () => {
    const claims = tokenFor('patient/*.cruds user/*.cruds system/*.cruds', { patient: undefined });
    expect(decide(claims, request())).toEqual({ allowed: false, reason: 'no-member' });
  });

  it('does not let a wildcard open a type that has to be named', () => {
    const asked = request({ type: 'AuditEvent', namedOnly: true });
    expect(decide(tokenFor('patient/*.rs patient/*.cruds'), asked).allowed).toBe(false);
    expect(decide(tokenFor('patient/*.rs patient/AuditEvent.r'), asked).allowed).toBe(true);
  });
});

describe('a backend service', () => {
  const BACKEND: Partial<TokenClaims> = { sub: 'app', patient: undefined };
  const reference = request({ type: 'Location', isReferenceData: true });

  it('reads reference data as nobody', () => {
    for (const scope of ['system/*.rs', 'system/Location.r', 'system/Location.read'])
      expect(decide(tokenFor(scope, BACKEND), reference)).toMatchObject({
        allowed: true,
        tenant: 'north',
        member: NO_MEMBER,
      });
    expect(decide(tokenFor('system/Location.rs?name=x', BACKEND), reference)).toMatchObject({
      granularFilters: [[['name', 'x']]],
    });
  });

  it('reads no member data, whatever its scopes say', () => {
    for (const scope of [
      'system/*.cruds',
      'patient/*.rs',
      'user/*.rs',
      'system/Coverage.rs patient/Coverage.rs',
    ])
      for (const interaction of INTERACTIONS)
        expect(decide(tokenFor(scope, BACKEND), request({ interaction }))).toEqual({
          allowed: false,
          reason: 'no-member',
        });
  });

  it('needs a system scope with the right letters and type', () => {
    for (const scope of [
      '',
      'patient/*.rs',
      'user/*.rs',
      'system/Location.s',
      'system/Practitioner.r',
      'system/*',
    ])
      expect(decide(tokenFor(scope, BACKEND), reference)).toEqual({
        allowed: false,
        reason: 'scope-insufficient',
      });
  });

  it('is not accepted as such when the token has a member or a person', () => {
    expect(decide(tokenFor('system/*.rs', { sub: 'app' }), reference).allowed).toBe(false);
    expect(decide(tokenFor('system/*.rs'), reference).allowed).toBe(false);
    expect(decide(tokenFor('system/*.rs', { patient: undefined }), reference).allowed).toBe(false);
  });

  it('is refused at another tenant', () => {
    const asked = { ...reference, tenant: 'south' };
    expect(decide(tokenFor('system/*.rs', BACKEND), asked)).toEqual({
      allowed: false,
      reason: 'wrong-tenant',
    });
  });
});

describe('the members for nobody and for everybody', () => {
  it('are not FHIR ids', () => {
    for (const member of [NO_MEMBER, ALL_MEMBERS]) expect(member).not.toMatch(/^[A-Za-z0-9\-.]{0,64}$/);
  });
});

describe('a type for auditors', () => {
  const trail = request({ type: 'AuditEvent', namedOnly: true, forAuditors: true });
  const BACKEND: Partial<TokenClaims> = { sub: 'app', patient: undefined };
  const AUDITOR: Partial<TokenClaims> = { role: 'auditor', patient: undefined };
  const reasonOf = (scope: string, change: Partial<TokenClaims>, asked = trail) => {
    const decision = decide(tokenFor(scope, change), asked);
    return decision.allowed ? decision.member : decision.reason;
  };

  it('is open for all members to an auditor, and to a backend service that was pre-authorized by name', () => {
    for (const interaction of INTERACTIONS) {
      const asked = { ...trail, interaction };
      expect(reasonOf('user/AuditEvent.rs', AUDITOR, asked)).toBe(ALL_MEMBERS);
      expect(reasonOf('system/AuditEvent.rs', BACKEND, asked)).toBe(ALL_MEMBERS);
    }
  });

  it('is never open beyond its own member to a token with a member', () => {
    for (const scope of ['patient/AuditEvent.rs', 'user/AuditEvent.rs'])
      for (const change of [{}, { role: 'auditor' as const }]) expect(reasonOf(scope, change)).toBe('A');
    expect(reasonOf('system/AuditEvent.rs', { ...BACKEND, patient: 'A' })).toBe('no-member');
    expect(reasonOf('system/AuditEvent.rs', {})).toBe('scope-insufficient');
  });

  it('needs the role, and a scope of the right context that names the type', () => {
    expect(reasonOf('user/AuditEvent.rs', { patient: undefined })).toBe('no-member');
    for (const scope of [
      'user/*.rs',
      'patient/AuditEvent.rs',
      'system/AuditEvent.rs',
      'user/AuditEvent.c',
      '',
    ])
      expect([scope, reasonOf(scope, AUDITOR)]).toEqual([scope, 'scope-insufficient']);
    for (const scope of ['system/*.rs', 'user/AuditEvent.rs', 'patient/AuditEvent.rs'])
      expect([scope, reasonOf(scope, BACKEND)]).toEqual([scope, 'scope-insufficient']);
  });

  it('gives no access to other types or at another tenant', () => {
    const all = 'user/*.rs user/Coverage.rs system/*.rs system/Coverage.rs patient/*.rs';
    for (const change of [AUDITOR, BACKEND]) {
      expect(reasonOf(all, change, request())).toBe('no-member');
      expect(reasonOf(`${all} user/AuditEvent.rs`, change, { ...trail, tenant: 'south' })).toBe(
        'wrong-tenant',
      );
    }
    expect(reasonOf(all, AUDITOR, request({ isReferenceData: true }))).toBe('no-member');
  });
});

describe('granular filters', () => {
  const alternatives = (scope: string, change: Partial<AccessRequest> = {}) => {
    const decision = decide(tokenFor(scope), request({ type: 'Observation', ...change }));
    return decision.allowed ? decision.granularFilters : decision.reason;
  };
  const LAB = 'patient/Observation.rs?category=laboratory';

  it('of the scopes that allow a request are alternatives', () => {
    expect(alternatives(`${LAB} patient/*.r?status=final&code=x patient/Claim.r?use=claim`)).toEqual([
      [['category', 'laboratory']],
      [
        ['status', 'final'],
        ['code', 'x'],
      ],
    ]);
  });

  it('do not apply when another scope allows the request without filters', () => {
    expect(alternatives(`${LAB} patient/*.read`)).toEqual([[]]);
  });

  it('apply when the scope without filters does not allow this interaction', () => {
    expect(alternatives(`${LAB} patient/Observation.s`, { interaction: 'read' })).toEqual([
      [['category', 'laboratory']],
    ]);
  });

  it('that are malformed make the scope invalid', () => {
    expect(alternatives('patient/Observation.rs?category=')).toBe('scope-insufficient');
  });
});

describe('an operation, which searches and reads,', () => {
  const alternatives = (scope: string) => {
    const decision = decide(tokenFor(scope), request({ interaction: 'operation' }));
    return decision.allowed ? decision.granularFilters : decision.reason;
  };

  it.each(['r', 's', 'cud', 'write'])('is not opened by %s', (letters) => {
    expect(alternatives(`patient/Coverage.${letters} patient/Claim.rs`)).toBe('scope-insufficient');
  });

  it.each(['patient/Coverage.rs', 'patient/*.read', 'user/Coverage.s patient/*.r'])(
    'is opened by %s',
    (scope) => {
      expect(alternatives(scope)).toEqual([[]]);
    },
  );

  it('has to meet the filters of a scope for each letter, or of one scope for both', () => {
    const scope =
      'patient/Coverage.s?a=1 patient/Coverage.r?b=1 patient/Coverage.r?c=1 patient/Coverage.rs?d=1';
    expect(alternatives(scope)).toEqual([
      [['d', '1']],
      [
        ['a', '1'],
        ['b', '1'],
      ],
      [
        ['a', '1'],
        ['c', '1'],
      ],
    ]);
  });
});
