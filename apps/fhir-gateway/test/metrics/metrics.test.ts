import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ask, waitUntil } from '@patient-access/testing';
import { asApp, asOwner, newToken, startWorld, type World } from '../world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

/** The answer is there before its request is measured. */
const shows = (line: RegExp) =>
  waitUntil(async () => line.test(await world.metrics()), { failure: () => `no ${line}` });

it('requests are counted by interaction, type and outcome', async () => {
  const token = newToken(world);
  await asApp(world, token, 'Observation/o-1');
  await asApp(world, token, 'Observation?code=1');
  await asApp(world, 'nobody', 'Observation/o-1');
  world.owner.handle = (_request, response) => response.writeHead(503).end();
  await asApp(world, token, 'Observation/o-1');
  world.owner.handle = asOwner;
  const count = (interaction: string, outcome: string) =>
    new RegExp(
      `^fhir_requests_total\\{api="patient-access",interaction="${interaction}",resource_type="Observation",outcome="${outcome}"\\} 1$`,
      'm',
    );
  await shows(count('read', 'success'));
  await shows(count('search-type', 'success'));
  await shows(count('read', 'refused'));
  await shows(count('read', 'error'));
  await shows(
    /^fhir_request_duration_seconds_count\{api="patient-access",interaction="read",outcome="error"\} 1$/m,
  );
});

it('requests whose client goes away before the answer are counted', async () => {
  const token = newToken(world);
  const { hostname, port } = new URL(world.url);
  const socket = connect(Number(port), hostname);
  world.owner.handle = () => void socket.destroy();
  socket.write(
    `GET /payer/patient-access/v2/northwind/Observation/o-1 HTTP/1.1\r\nhost: plan.example\r\nauthorization: Bearer ${token}\r\n\r\n`,
  );
  await shows(
    /^http_server_unfinished_total\{http_request_method="GET",http_route="[^"]*:tenant[^"]*"\} 1$/m,
  );
  world.owner.handle = asOwner;
});

it('refusals are counted by the code that the app is told, also of what is no request', async () => {
  const counted = async (code: string) =>
    Number(
      new RegExp(`^http_server_refusals_total\\{code="${code}"\\} (\\d+)$`, 'm').exec(
        await world.metrics(),
      )?.[1] ?? 0,
    );
  const before = { invalid: await counted('token-invalid'), missing: await counted('token-missing') };
  await asApp(world, 'nobody', 'Observation/o-1');
  await asApp(world, 'nobody', 'Observation/o-2');
  await ask(world.url, '/payer/patient-access/v2/northwind/Observation');
  const unread = await counted('request-invalid');
  const { hostname, port } = new URL(world.url);
  const socket = connect(Number(port), hostname).resume();
  socket.end('this is no HTTP\r\n\r\n');
  await once(socket, 'close');
  await waitUntil(async () => (await counted('token-invalid')) === before.invalid + 2);
  await waitUntil(async () => (await counted('token-missing')) === before.missing + 1);
  await waitUntil(async () => (await counted('request-invalid')) === unread + 1);
});

it('requests for what a plan publishes are counted as such', async () => {
  await ask(world.url, '/payer/formulary/v2/northwind/metadata');
  await shows(
    /^fhir_requests_total\{api="formulary",interaction="capabilities",resource_type="\(none\)",outcome="\w+"\} 1$/m,
  );
});

it('what a caller makes up is no label, and nobody is named', async () => {
  const token = newToken(world);
  for (const path of ['Made-up/1', 'Observation/secret-id/x/y/z', '$made-up'])
    await asApp(world, token, path);
  await shows(
    /^fhir_requests_total\{api="patient-access",interaction="\(none\)",resource_type="\(none\)",outcome="\w+"\} [3-9]$/m,
  );
  const text = await world.metrics();
  expect(text).toMatch(
    /^http_server_request_duration_seconds_count\{http_request_method="GET",http_route="[^"]*:tenant[^"]*"/m,
  );
  expect(text).not.toMatch(/Made-up|made-up|secret-id|northwind|o-1/);
});

it('a gateway that hears of revocations says so', async () => {
  await shows(/^gateway_revocations_unheard_seconds 0$/m);
});
