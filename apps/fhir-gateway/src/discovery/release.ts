import type { Release } from '@patient-access/fhir';

/** The release that answers. A test compares the version with `package.json`. */
export const RELEASE: Release = { version: '0.1.0', date: '2026-11-26' };
