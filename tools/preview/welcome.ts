import type { PreviewDescription } from './index.ts';

/** Prints the addresses and logins that a person at the terminal needs next. */
export function printWelcome(preview: PreviewDescription, ms: number): void {
  const first = preview.tenants[0];
  console.log(
    `\nPayer Patient Access API is running (${(ms / 1000).toFixed(1)} s). Preview only: all people are made up.\n`,
  );
  for (const tenant of preview.tenants) {
    console.log(`  ${tenant.id}`);
    console.log(`    FHIR base   ${tenant.fhirBase}`);
    console.log(`    discovery   ${tenant.fhirBase}/.well-known/smart-configuration`);
    console.log(`    apps page   ${tenant.appsPage}`);
    console.log(`    sandbox     ${tenant.sandbox}   (docs/app-developers.md, "Sandbox")`);
    console.log(`    audit       ${tenant.auditConsole}   (docs/audit-console.md)`);
    for (const { login, password, about } of tenant.members) {
      console.log(`    ${login.padEnd(22)} ${password}   ${about}`);
    }
    const { login, password } = tenant.auditor;
    console.log(
      `    ${login.padEnd(22)} ${password}   auditor: opens the audit console, and no member’s data`,
    );
    console.log();
  }
  console.log(
    `  Next:  npm run first-call        a member app without a browser, against ${first?.id ?? 'this'}`,
  );
  console.log('  Stop:  Ctrl-C');
}
