import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { freePort } from '@patient-access/testing';
import { consumeKafka } from '../../src/delivery/consume.ts';
import { accessEvent, asMember, asLines, eventsIn, startWorld, type World } from '../world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

it('members can read the trail while no broker answers, and the service can be stopped', async () => {
  const brokers = [`127.0.0.1:${await freePort()}`];
  await consumeKafka(world.app, { ...world.config, KAFKA_BROKERS: brokers });
  expect((await world.deliver(asLines(accessEvent()))).status).toBe(204);
  const anna = await asMember(world, 'northwind', 'anna');
  expect(eventsIn(await anna('AuditEvent'))).toHaveLength(1);
});
