/** Reads a refusal as an app's developer does, in whichever of its forms it comes. */
import type { RawAnswer } from './send.ts';

/** What every refusal has to say. */
export interface Refused {
  status: number;
  /** OAuth's `error`, or `OperationOutcome.issue.code` */
  word: string;
  /** what is wrong, where, and what to do */
  says: string;
  /** to the documentation of the error */
  link: string;
  requestId: string;
}

interface Outcome {
  issue: { code: string; diagnostics: string; details: { text: string } }[];
}

function ofOutcome(status: number, { issue: [issue] }: Outcome): Refused {
  const [, says = '', requestId = '', link = ''] =
    /^(.*) \(request ([^)]+)\) See (\S+)$/s.exec(issue?.diagnostics ?? '') ?? [];
  return { status, word: issue?.code ?? '', says, link, requestId };
}

function ofMembers(status: number, members: Readonly<Record<string, string | undefined>>): Refused {
  const {
    error = '',
    error_description: says = '',
    error_uri: link = '',
    request_id: requestId = '',
  } = members;
  return { status, word: error, says, link, requestId };
}

const unescaped = (text: string): string =>
  text
    .replace(/&#(\d+);/g, (_all, code: string) => String.fromCharCode(Number(code)))
    .replace(
      /&(lt|gt|quot|amp);/g,
      (_all, name: string) => ({ lt: '<', gt: '>', quot: '"', amp: '&' })[name] ?? '',
    );

/** The page that a person sees, with the lines for the developer. */
function ofPage(status: number, html: string): Refused {
  const line = (inner: string) => unescaped(new RegExp(inner, 's').exec(html)?.[1] ?? '');
  const [, word = '', says = ''] = /^(\w+): (.*)$/s.exec(line('<dd lang="en">([^<]*)</dd>')) ?? [];
  return {
    status,
    word,
    says,
    link: line('<a href="([^"]*/docs/errors#[^"]*)"'),
    requestId: line('<code>([^<]*)</code>'),
  };
}

/** @returns what a refusal says; empty texts where it says nothing */
export function read({ status, headers, body }: RawAnswer): Refused {
  if (typeof headers['location'] === 'string') {
    const { searchParams, hash } = new URL(headers['location']);
    const members = hash ? new URLSearchParams(hash.slice(1)) : searchParams;
    return ofMembers(status, Object.fromEntries(members));
  }
  if (String(headers['content-type']).startsWith('text/html')) return ofPage(status, body);
  const json = JSON.parse(body) as Outcome & Record<string, string>;
  return 'issue' in json ? ofOutcome(status, json) : ofMembers(status, json);
}
