import { type Html, html } from '@patient-access/pages';
import type { MemberHelp } from '../../domain/tenant/member-help-settings.ts';
import { type PageFrame, renderPlanPage } from './layout.ts';

export interface MemberHelpView extends PageFrame {
  /** what the plan says in its own words, in the language of the page */
  replaced: MemberHelp['en'];
  /** of the page of connected apps */
  apps: string;
}

const SECTIONS = ['afterwards', 'law', 'choosing', 'takingBack', 'complaints'] as const;

const section = (heading: string, paragraphs: readonly string[]): Html =>
  html`<section>
    <h2>${heading}</h2>
    ${paragraphs.map((text) => html`<p>${text}</p>`)}
  </section>`;

/** What a member should know before an app gets data: the same for everybody, with or without a login. */
export function memberHelpPage(view: MemberHelpView): string {
  const { plan, replaced, apps } = view;
  const words = view.texts.memberHelp;
  const sections = SECTIONS.map((name) => {
    const { heading, paragraphs } = words.sections[name];
    return section(heading, replaced[name] ?? paragraphs);
  });
  const body = html`<h1>${words.title}</h1>
    <p class="lead">${words.why(plan)}</p>
    ${sections} ${section(words.askHeading, replaced.ask ?? [words.ask(plan)])}
    <p class="note"><a href="${apps}">${words.apps}</a></p>`;
  return renderPlanPage(view, { title: words.title, body, wide: true });
}
