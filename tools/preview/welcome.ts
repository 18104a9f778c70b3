import type { PreviewDescription, PreviewTenant } from './index.ts';

/** Prints the addresses and logins that a person at the terminal needs next. */
export function printWelcome(preview: PreviewDescription, ms: number): void {
  const first = preview.tenants[0];
  console.log(
    `\nPayer Patient Access API is running (${(ms / 1000).toFixed(1)} s). Preview only: all people are made up.\n`,
  );
  console.log(`  for app developers   ${preview.developersUrl}`);
  console.log(`  try it in a browser  ${preview.testClientUrl}\n`);
  for (const tenant of preview.tenants) {
    console.log(`  ${tenant.id}`);
    console.log(`    FHIR base   ${tenant.fhirBase}`);
    console.log(`    discovery   ${tenant.fhirBase}/.well-known/smart-configuration`);
    console.log(`    apps page   ${tenant.appsPage}`);
    console.log(
      `    developers  ${preview.developersUrl}/account/${tenant.id}   (an account, and apps of your own)`,
    );
    console.log(`    sandbox     ${tenant.sandbox}   (docs/developers/sandbox.md)`);
    console.log(`    audit       ${tenant.auditConsole}   (docs/audit-console.md)`);
    for (const { login, password, about } of tenant.members) {
      console.log(`    ${login.padEnd(22)} ${password}   ${about}`);
    }
    if (tenant.joining) printJoining(tenant.joining);
    const { login, password } = tenant.auditor;
    console.log(
      `    ${login.padEnd(22)} ${password}   auditor: opens the audit console, and no member’s data`,
    );
    console.log();
  }
  if (first) printConformance(first);
  console.log(
    `  Next:  npm run first-call        a member app without a browser, against ${first?.id ?? 'this'}`,
  );
  console.log('  Stop:  Ctrl-C');
}

/** What somebody types who makes an account. */
function printJoining({ number, given, family, birthDate }: NonNullable<PreviewTenant['joining']>): void {
  const who = `${given} ${family}, born ${birthDate}, member number ${number}`;
  console.log(`    ${'no login yet'.padEnd(22)} ${who}: “Make an account” on the login page`);
}

/** Where the suites of an Inferno on this machine take the answer of a login: SMART's have an address of their own. */
const KIT_REDIRECTS = ['smart', 'smart_stu2', 'smart_stu2_2'].map(
  (suite) => `http://localhost:4567/custom/${suite}/redirect`,
);
const KIT_SCOPES = 'launch/patient openid fhirUser offline_access patient/*.rs';

/** What the registration endpoint takes for a kit, as one line of JSON. */
function kitRegistration(): string {
  return JSON.stringify({
    client_name: 'Conformance kit',
    redirect_uris: KIT_REDIRECTS,
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_basic',
  });
}

/** What a conformance kit asks for. */
function printConformance({ fhirBase, issuer, members, conformance }: PreviewTenant): void {
  const { login, patientId } = conformance;
  const password = members.find((member) => member.login === login)?.password ?? '';
  console.log('  conformance kits (docs/conformance.md)');
  console.log(`    FHIR base   ${fhirBase}`);
  console.log(
    `    patient     ${patientId}   every must-support of US Core 6.1.0, CARIN BB 2.0.0, PDex 2.0.0`,
  );
  console.log(`    log in as   ${login} ${password}`);
  console.log(
    `    client      curl ${issuer}/register -H 'content-type: application/json' -d '${kitRegistration()}'`,
  );
  console.log(`    scopes      ${KIT_SCOPES}`);
  console.log();
}
