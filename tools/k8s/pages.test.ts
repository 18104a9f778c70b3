/** Shows that the check of the pages' commands can fail. */
import { expect, it } from '@jest/globals';
import { commandsOf } from '@patient-access/testing';
import { operatorPageProblems } from './pages.ts';

const known = {
  manifests: [
    { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'preflight', labels: { part: 'a' } } },
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'claims-service' } },
  ],
  scripts: ['admin'],
  programs: ['tools/preflight/main.ts'],
  exists: (path: string) => path === 'k8s/secrets.sh',
};
const problems = (command: string) => operatorPageProblems('page', `\`\`\`\n${command}\n\`\`\`\n`, known);

it('reads the commands in blocks, also those that go over several lines', () => {
  expect(commandsOf('text\n```sh\na \\\n  --b\n\nc\n```\n- more\n\n  ```\n  d\n  ```\n')).toEqual([
    'a --b',
    'c',
    'd',
  ]);
});

it.each([
  'kubectl create job -n n preflight-1 --from=cronjob/preflight\nkubectl logs -n n job/preflight-1 --prefix',
  'kubectl apply -f rendered.yaml -l part=a',
  'kubectl exec -n n deploy/claims-service -- node tools/preflight/main.ts',
  'npm run -s admin -- tenant show',
  'NAMESPACE=n sh k8s/secrets.sh folder | kubectl apply -f -',
])('finds nothing wrong with: %s', (command) => expect(problems(command)).toEqual([]));

it.each([
  ['kubectl create job -n n x --from=cronjob/prefly', 'there is no cronjob/prefly'],
  ['kubectl logs -n n job/preflight-1', 'there is no job/preflight-1'],
  ['kubectl delete job -l part=b', 'selects nothing: part=b'],
  ['kubectl kustomize k8s/overlays/example > x', 'there is no k8s/overlays/example'],
  ['kubectl exec deploy/claims-service -- node tools/prefly/main.ts', 'no image has tools/prefly/main.ts'],
  ['npm run -s administer -- tenant show', 'there is no script administer'],
  ['sh docker/secrets', 'there is no docker/secrets'],
])('finds what is wrong with: %s', (command, problem) =>
  expect(problems(command)).toEqual([`page: ${problem}: ${command}`]),
);
