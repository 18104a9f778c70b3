import { describe, expect, it } from '@jest/globals';
import { formatScope, parseResourceScope, type ResourceScope, resourceScopes } from '../../src/scope.ts';
import { covers, mergeScopes } from '../../src/scope-set.ts';

const namedOnly = (type: string) => type === 'AuditEvent';

describe('the union of scopes', () => {
  it.each([
    ['patient/Observation.r patient/Observation.s', 'patient/Observation.rs'],
    [
      'patient/Observation.s patient/Coverage.r patient/Observation.r',
      'patient/Observation.rs patient/Coverage.r',
    ],
    ['patient/Observation.c patient/Observation.rd patient/Observation.rs', 'patient/Observation.crds'],
    ['patient/Observation.r user/Observation.s', 'patient/Observation.r user/Observation.s'],
    ['patient/Observation.r?a=1&b=2 patient/Observation.s?b=2&a=1&a=1', 'patient/Observation.rs?a=1&b=2'],
    [
      'patient/Observation.r?a=1 patient/Observation.s?a=2',
      'patient/Observation.r?a=1 patient/Observation.s?a=2',
    ],
    ['patient/Observation.r patient/Observation.s?a=1', 'patient/Observation.r patient/Observation.s?a=1'],
    ['patient/Observation.read patient/Observation.rs', 'patient/Observation.read patient/Observation.rs'],
    ['patient/Observation.read patient/Observation.write', 'patient/Observation.*'],
    ['patient/*.rs patient/Observation.r', 'patient/*.rs patient/Observation.r'],
  ])('SMART 59: of %s is %s', (scopes, shortest) => {
    expect(mergeScopes(resourceScopes(scopes)).map(formatScope).join(' ')).toBe(shortest);
  });
});

describe('a set of scopes', () => {
  const within = (granted: string, asked: string) =>
    covers(resourceScopes(granted), parseResourceScope(asked) as ResourceScope, namedOnly);

  it.each([
    ['patient/*.rs', 'patient/Observation.r'],
    ['patient/*.read', 'patient/*.s'],
    ['patient/*.rs', 'patient/Observation.read'],
    ['patient/Observation.r patient/Observation.s', 'patient/Observation.rs'],
    ['patient/*.r patient/Observation.s', 'patient/Observation.rs'],
    ['patient/Observation.rs', 'patient/Observation.rs?category=lab'],
    ['patient/*.rs?a=1', 'patient/Observation.r?b=2&a=1'],
    ['patient/Observation.rs?a=1&b=2', 'patient/Observation.rs?b=2&a=1'],
    ['patient/*.rs patient/AuditEvent.rs', 'patient/AuditEvent.s'],
  ])('%s covers %s', (granted, asked) => {
    expect(within(granted, asked)).toBe(true);
  });

  it.each([
    ['patient/Observation.r', 'patient/Observation.rs'],
    ['patient/Observation.rs', 'patient/*.rs'],
    ['patient/*.rs', 'user/Observation.rs'],
    ['patient/*.rs', 'patient/Observation.cruds'],
    ['patient/*.rs', 'patient/AuditEvent.r'],
    ['patient/Observation.rs?category=lab', 'patient/Observation.rs'],
    ['patient/Observation.rs?category=lab', 'patient/Observation.rs?category=vital'],
    ['patient/Observation.rs?a=1 patient/Observation.rs?a=2', 'patient/Observation.rs'],
    ['patient/Observation.rs?a=1&b=2', 'patient/Observation.rs?a=1'],
    ['patient/Observation.r?a=1 patient/Observation.s', 'patient/Observation.rs'],
    ['', 'patient/Observation.r'],
  ])('%s does not cover %s', (granted, asked) => {
    expect(within(granted, asked)).toBe(false);
  });
});
