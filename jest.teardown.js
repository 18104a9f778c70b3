import { rmSync } from 'node:fs';

/** Removes what jest.setup.js has made. */
export default () => rmSync(process.env.TEST_TEMPLATES, { recursive: true, force: true });
