import { describe, expect, test } from '@jest/globals';
import { Semaphore } from '../../src/index.ts';

describe('a semaphore', () => {
  test('runs as many callers as there are permits, and the others in their order', async () => {
    const semaphore = new Semaphore({ permits: 2, queue: 10 });
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
    const results = await Promise.all([1, 2, 3, 4, 5].map((id) => semaphore.run(work(id))));
    expect([results, order, most]).toEqual([[1, 2, 3, 4, 5], [1, 2, 3, 4, 5], 2]);
    expect(semaphore.isIdle).toBe(true);
  });

  test('refuses at once when its queue is full', async () => {
    const semaphore = new Semaphore({ permits: 1, queue: 1 });
    await semaphore.acquire();
    const second = semaphore.acquire();
    await expect(semaphore.acquire()).rejects.toMatchObject({ reason: 'queue-full' });
    semaphore.release();
    await second;
    expect(semaphore.isIdle).toBe(false);
    semaphore.release();
    expect(semaphore.isIdle).toBe(true);
  });

  test('refuses a caller that has waited too long, and grants the permit to the next', async () => {
    const semaphore = new Semaphore({ permits: 1, queue: 2, waitMs: 5 });
    await semaphore.acquire();
    await expect(semaphore.acquire()).rejects.toMatchObject({ reason: 'timeout' });
    const next = semaphore.acquire();
    semaphore.release();
    await next;
    semaphore.release();
    expect(semaphore.isIdle).toBe(true);
  });

  test('takes the permit back from work that fails', async () => {
    const semaphore = new Semaphore({ permits: 1, queue: 0 });
    await expect(semaphore.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(semaphore.isIdle).toBe(true);
  });
});
