/**
 * The requests that this process is answering, and whether an event was made for each. Every event of this service is made
 * by one function ({@link newAccessEvent}), which notes it here, so that no handler has to say that it has recorded
 * something. Whoever makes an event stores it before the answer; if that fails, the answer is no good answer.
 */
const open = new Map<string, boolean>();

export const beginRequest = (id: string): void => void open.set(id, false);
export const endRequest = (id: string): void => void open.delete(id);

/** Notes an event. An id that is no open request is of work that nobody waits for. */
export function noteEventOf(id: string): void {
  if (open.has(id)) open.set(id, true);
}

/** Was an event made for this request? */
export const hasEvent = (id: string): boolean => open.get(id) === true;
