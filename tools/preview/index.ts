/** Reads `.local/preview.json`, which describes a running preview for scripts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JoiningMember } from '@patient-access/population';
import { PREVIEW_FILE } from '@patient-access/topology';

export { isPreviewRunning, previewProcesses } from './running.ts';

export interface DescribedMember {
  login: string;
  password: string;
  /** logical id of the Patient who owns the login */
  patientId: string;
  /** a sentence about what is special with this member */
  about: string;
}

export interface PreviewTenant {
  id: string;
  fhirBase: string;
  issuer: string;
  /** where members see their connected apps and revoke them */
  appsPage: string;
  /** where an app sets faults for itself, `POST {sandbox}/{fault}` */
  sandbox: string;
  /** where auditors search the trail of the plan */
  auditConsole: string;
  auditor: { login: string; password: string };
  /** whose record conformance kits should read: it has an example of every must-support of the guides */
  conformance: { login: string; patientId: string };
  members: DescribedMember[];
  /** a member without a login, who makes one alone, where the plan lets her */
  joining?: JoiningMember;
}

export interface PreviewDescription {
  publicUrl: string;
  /** where the pages for app developers are */
  developersUrl: string;
  /** where the test client is, which reads a member's record in the browser */
  testClientUrl: string;
  tenants: PreviewTenant[];
}

/** @throws Error with one line when no preview was started in this directory */
export function readPreview(directory = '.local'): PreviewDescription {
  try {
    return JSON.parse(readFileSync(join(directory, PREVIEW_FILE), 'utf8')) as PreviewDescription;
  } catch {
    throw new Error(`no preview is running here (${directory}/${PREVIEW_FILE} is missing): npm start`);
  }
}
