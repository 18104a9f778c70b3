/** A service whose start takes for ever: it says so on standard error, when it is under way. */
import { z } from 'zod';
import { runService } from '../../dist/index.js';

setInterval(() => undefined, 1_000);
await runService({
  name: 'claims-service',
  schema: z.object({ LOG_LEVEL: z.string().default('info') }),
  module: () => {
    process.stderr.write('starting');
    return new Promise(() => undefined);
  },
});
