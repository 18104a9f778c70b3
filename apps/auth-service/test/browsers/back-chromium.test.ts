import { describeBack } from './back.ts';

describeBack('chromium');
