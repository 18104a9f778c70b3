import { describeBack } from './back.ts';

describeBack('webkit');
