import type { Offer } from '../src/capability.ts';

/** The offer of a plan that relies on all defaults. */
export const OFFER: Offer = {
  base: 'https://plan.example/x',
  plan: {
    name: 'Northwind Health Plan',
    website: 'https://northwind.example',
    developerContact: 'api@northwind.example',
  },
  release: { version: '1.2.3', date: '2026-11-26' },
  errors: 'https://plan.example/docs/errors',
};
