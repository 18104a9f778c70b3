import { newEventKey } from '@patient-access/testing';

/** With which auth-service signs here. */
export const EVENT_KEY = newEventKey();
