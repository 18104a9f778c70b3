import { describeBack } from './back.ts';

describeBack('firefox');
