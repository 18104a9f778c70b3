import { describe, expect, test } from '@jest/globals';
import { FairSemaphore } from '../../src/index.ts';

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('a semaphore of one level', () => {
  const plain = (permits: number, queue: number) => new FairSemaphore({ levels: [{ permits, queue }] });

  test('runs as many callers as there are permits, and the others in their order', async () => {
    const semaphore = plain(2, 10);
    const order: number[] = [];
    let running = 0;
    let most = 0;
    const work = (id: number) => async () => {
      running += 1;
      most = Math.max(most, running);
      order.push(id);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running -= 1;
      return id;
    };
    const results = await Promise.all([1, 2, 3, 4, 5].map((id) => semaphore.run([], work(id))));
    expect([results, order, most]).toEqual([[1, 2, 3, 4, 5], [1, 2, 3, 4, 5], 2]);
    expect(semaphore.isIdle).toBe(true);
  });

  test('refuses at once when its queue is full, and says how many rounds there are before it', async () => {
    const semaphore = plain(1, 1);
    const first = await semaphore.acquire([]);
    const second = semaphore.acquire([]);
    await expect(semaphore.acquire([])).rejects.toMatchObject({ reason: 'queue-full', rounds: 1 });
    first();
    first();
    const release = await second;
    expect(semaphore.isIdle).toBe(false);
    release();
    expect(semaphore.isIdle).toBe(true);
  });

  test('takes the permit back from work that fails', async () => {
    const semaphore = plain(1, 0);
    await expect(semaphore.run([], () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(semaphore.isIdle).toBe(true);
  });
});

describe('waiting', () => {
  const patient = () => new FairSemaphore({ levels: [{ permits: 1, queue: 9 }], waitMs: 500 });
  const blockLoop = (ms: number) => {
    const until = performance.now() + ms;
    while (performance.now() < until);
  };

  test('ends when it took too long, and the permit goes to the next', async () => {
    const semaphore = patient();
    const release = await semaphore.acquire([]);
    await expect(semaphore.acquire([])).rejects.toMatchObject({ reason: 'timeout', rounds: 1 });
    const next = semaphore.acquire([]);
    release();
    (await next)();
    expect(semaphore.isIdle).toBe(true);
  });

  test('is no shorter while the process stands still: a short queue is not refused', async () => {
    const semaphore = patient();
    const release = await semaphore.acquire([]);
    const waiting = semaphore.acquire([]);
    // What would release the permit cannot run either. It runs as soon as the process does.
    setTimeout(release, 700);
    blockLoop(2_000);
    (await waiting)();
    expect(semaphore.isIdle).toBe(true);
  });
});

describe('shares', () => {
  const fair = (permits: number, perPlan: number, perGrant: number) =>
    new FairSemaphore({
      levels: [
        { permits, queue: Infinity },
        { permits: perPlan, queue: 4 },
        { permits: perGrant, queue: 2 },
      ],
    });

  /** Asks, and notes who was granted, in the order of the grants. */
  function asking(semaphore: FairSemaphore) {
    const granted: { plan: string; grant: string; release(): void }[] = [];
    const ask = (plan: string, grant = 'a') =>
      void semaphore
        .acquire([plan, grant])
        .then((release) => granted.push({ plan, grant, release }))
        .catch(() => undefined);
    const names = () => granted.map(({ plan, grant }) => plan + grant);
    return { ask, granted, names };
  }

  test('have no more than their level allows, and a full queue of one is no other’s', async () => {
    const semaphore = fair(9, 3, 2);
    const { ask, names } = asking(semaphore);
    for (let at = 0; at < 4; at += 1) ask('A', 'a');
    for (let at = 0; at < 4; at += 1) ask('A', 'b');
    await settle();
    expect(names()).toEqual(['Aa', 'Aa', 'Ab']);
    await expect(semaphore.acquire(['A', 'a'])).rejects.toMatchObject({ reason: 'queue-full' });
    ask('B', 'a');
    await settle();
    expect(names().slice(3)).toEqual(['Ba']);
  });

  test('that hold the least have the next turn', async () => {
    const { ask, granted, names } = asking(fair(3, 3, 3));
    for (let at = 0; at < 5; at += 1) ask('A');
    ask('B', 'x');
    ask('B', 'y');
    await settle();
    for (let at = 0; at < 4; at += 1) {
      granted[at]?.release();
      await settle();
    }
    // When both hold one, it is the turn of whoever had none for longer.
    expect(names()).toEqual(['Aa', 'Aa', 'Aa', 'Bx', 'Aa', 'By', 'Aa']);
  });

  test('with the most waiters give a place in a full queue to one that has none', async () => {
    const semaphore = new FairSemaphore({
      levels: [
        { permits: 9, queue: Infinity },
        { permits: 1, queue: 4 },
        { permits: 1, queue: 3 },
      ],
    });
    const settled: string[] = [];
    const ask = (name: string, grant: string) =>
      semaphore.acquire(['A', grant]).then(
        (release) => {
          settled.push(name);
          return release;
        },
        (error: { reason: string }) => {
          settled.push(`${name} ${error.reason}`);
          return () => undefined;
        },
      );
    const inside = await ask('inside', 'a');
    const asked = ['a1', 'a2', 'a3', 'b1'].map((name) => ask(name, name.charAt(0)));
    await settle();
    // The queue of the plan is full, and the newest of the flood leaves. The next one of the flood has no place itself.
    asked.push(ask('c1', 'c'), ask('a4', 'a'));
    await settle();
    expect(settled.sort()).toEqual(['a3 queue-full', 'a4 queue-full', 'inside']);
    asked.push(ask('d1', 'd'), ask('e1', 'e'));
    await settle();
    expect(settled.slice(3).sort()).toEqual(['a2 queue-full', 'e1 queue-full']);
    inside();
    for (const each of asked) (await each)();
    expect(settled.slice(5).sort()).toEqual(['a1', 'b1', 'c1', 'd1']);
    expect(semaphore.isIdle).toBe(true);
  });

  test('are told whether all permits are of others', async () => {
    const semaphore = new FairSemaphore({
      levels: [
        { permits: 1, queue: 1 },
        { permits: 1, queue: 0 },
      ],
    });
    const inside = await semaphore.acquire(['A']);
    await expect(semaphore.acquire(['B'])).rejects.toMatchObject({ isOfOthers: true });
    await expect(semaphore.acquire(['A'])).rejects.toMatchObject({ isOfOthers: false });
    inside();
  });

  test('leave nothing behind when a caller of a full plan is refused', async () => {
    const semaphore = fair(1, 1, 1);
    const { ask, granted } = asking(semaphore);
    for (const grant of ['a', 'b', 'c', 'd', 'e']) ask('A', grant);
    await settle();
    await expect(semaphore.acquire(['A', 'f'])).rejects.toMatchObject({ reason: 'queue-full', rounds: 4 });
    for (let at = 0; at < 5; at += 1) {
      granted[at]?.release();
      await settle();
    }
    expect(granted).toHaveLength(5);
    expect(semaphore.isIdle).toBe(true);
  });
});

/** Numbers that look random and are the same in each run. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

interface Asked {
  plan: string;
  grant: string;
  /** other plans that were there when it came */
  before: ReadonlySet<string>;
  /** nothing of its plan was there */
  isFirst: boolean;
  overtakenBy: string[];
}

const [PERMITS, PER_PLAN, PER_GRANT] = [6, 4, 3];

/** Plan A floods with two grants, and three others ask now and then. */
class Model {
  readonly semaphore: FairSemaphore;
  readonly held: (Asked & { release(): void })[] = [];
  readonly waiting = new Set<Asked>();

  constructor() {
    const [all, plan, grant] = [PERMITS, PER_PLAN, PER_GRANT].map((permits) => ({
      permits,
      queue: Infinity,
    }));
    if (!all || !plan || !grant) throw new Error('three levels');
    this.semaphore = new FairSemaphore({ levels: [all, plan, grant] });
  }

  ask(plan: string, grant: string): void {
    const present = new Set([...this.held, ...this.waiting].map((each) => each.plan));
    const isFirst = !present.delete(plan);
    const asked: Asked = { plan, grant, before: present, isFirst, overtakenBy: [] };
    this.waiting.add(asked);
    void this.semaphore.acquire([plan, grant]).then((release) => {
      this.waiting.delete(asked);
      this.held.push({ ...asked, release });
      for (const each of this.waiting) each.overtakenBy.push(plan);
    });
  }

  private count(plan: string, grant?: string): number {
    return this.held.filter((each) => each.plan === plan && each.grant === (grant ?? each.grant)).length;
  }

  /** @returns what is not as it has to be now */
  wrong(): string[] {
    const isFull = ({ plan, grant }: Asked) =>
      this.held.length === PERMITS || this.count(plan) === PER_PLAN || this.count(plan, grant) === PER_GRANT;
    const isUnfair = ({ isFirst, overtakenBy, before }: Asked) =>
      isFirst &&
      (new Set(overtakenBy).size < overtakenBy.length || overtakenBy.some((plan) => !before.has(plan)));
    return [
      ...(this.held.length > PERMITS ? ['too many in all'] : []),
      ...this.held.flatMap(({ plan, grant }) => [
        ...(this.count(plan) > PER_PLAN ? [`too many of ${plan}`] : []),
        ...(this.count(plan, grant) > PER_GRANT ? [`too many of ${plan} ${grant}`] : []),
      ]),
      ...[...this.waiting]
        .filter((each) => !isFull(each))
        .map(({ plan }) => `${plan} waits beside a free permit`),
      ...[...this.waiting].filter(isUnfair).map(({ plan, overtakenBy }) => `${plan} after ${overtakenBy}`),
    ];
  }
}

test.each(Array.from({ length: 40 }, (_, seed) => seed + 1))(
  'in any order of requests, whoever has none is overtaken once by each that was there before (seed %i)',
  async (seed) => {
    const random = randomFrom(seed);
    const model = new Model();
    const wrong: string[] = [];
    let most = 0;
    for (let step = 0; step < 300; step += 1) {
      if (random(2) === 0) model.ask('A', `a${random(2)}`);
      if (random(12) < 3) model.ask('BCD'[random(3)] ?? '', 'a');
      if (random(5) < 2) model.held.splice(random(model.held.length), 1)[0]?.release();
      await Promise.resolve().then(() => Promise.resolve());
      wrong.push(...model.wrong());
      most = Math.max(most, model.waiting.size);
    }
    expect([wrong, most > 10]).toEqual([[], true]);
    while (model.held.length > 0) {
      model.held.shift()?.release();
      await settle();
    }
    expect([model.waiting.size, model.semaphore.isIdle]).toEqual([0, true]);
  },
);
