/**
 * A small service with a guard, in a process of its own: `GET /member` answers, and `GET /old` says how many bytes V8's old
 * generation has, after a collection of the young one. Prints its port.
 */
import 'reflect-metadata';
import { getHeapSpaceStatistics } from 'node:v8';
import { Controller, Get, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { PassportStrategy } from '@nestjs/passport';
import {
  ATTEMPT_RULES,
  AttemptCounter,
  createLogger,
  createService,
  denyByDefault,
  METRICS,
  Metrics,
  RequestStrategy,
} from '@patient-access/platform';

class Badge extends PassportStrategy(RequestStrategy, 'badge') {
  validate() {
    return Promise.resolve({ name: 'anna' });
  }
}

/** Decorators as calls: Node runs this file as it is. */
const decorate = (decorator, target, name) =>
  decorator(target, name, Object.getOwnPropertyDescriptor(target, name));

class Members {
  async member() {
    // As a request that waits for a database.
    await new Promise((answered) => setTimeout(answered, 2));
    return { resourceType: 'Patient', text: 'x'.repeat(2_000) };
  }

  old() {
    globalThis.gc({ type: 'minor' });
    globalThis.gc({ type: 'minor' });
    const spaces = getHeapSpaceStatistics();
    return spaces.find(({ space_name: name }) => name === 'old_space').space_used_size;
  }
}
decorate(Get('member'), Members.prototype, 'member');
decorate(Get('old'), Members.prototype, 'old');
Controller()(Members);

class MembersModule {}
Module({
  controllers: [Members],
  providers: [
    Badge,
    { provide: METRICS, useValue: new Metrics() },
    {
      provide: ATTEMPT_RULES,
      useValue: {
        counter: new AttemptCounter(() => Promise.resolve(), 600),
        withoutEvent: { 'GET /member': 'a test', 'GET /old': 'a test' },
        planOf: () => 'northwind',
        addressOf: ({ ip }) => ip,
      },
    },
    { provide: APP_GUARD, useClass: denyByDefault('badge') },
  ],
})(MembersModule);

const app = await createService({ module: MembersModule }, createLogger('members', 'silent'), {
  publicUrl: 'https://plan.example',
});
await app.listen(0, '127.0.0.1');
process.stdout.write(`${new URL(await app.getUrl()).port}\n`);
