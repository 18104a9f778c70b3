import { describe, expect, it, jest } from '@jest/globals';
import { LastingFault } from '../../src/index.ts';

describe('a fault that lasts', () => {
  it('is logged at once, then once a minute with how often it came; another one at once', () => {
    const lines: object[] = [];
    const fault = new LastingFault((fields) => void lines.push(fields));
    const now = jest.spyOn(performance, 'now').mockReturnValue(0);
    try {
      for (let look = 0; look < 100; look += 1) fault.tell({ code: 'ECONNREFUSED' });
      fault.tell({ code: '57P03' });
      now.mockReturnValue(60_000);
      fault.tell({ code: 'ECONNREFUSED' });
    } finally {
      now.mockRestore();
    }
    expect(lines).toEqual([
      { code: 'ECONNREFUSED' },
      { code: '57P03' },
      { code: 'ECONNREFUSED', unsaid: 99 },
    ]);
  });
});
