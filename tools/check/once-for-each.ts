/**
 * Rules ask the same of a resource again and again. A resource does not change any more when a plan has it.
 *
 * @returns `ask`, which looks at each resource once
 */
export function onceForEach<Of extends object, Answer>(ask: (of: Of) => Answer): (of: Of) => Answer {
  const known = new WeakMap<Of, { answer: Answer }>();
  return (of) => {
    const found = known.get(of) ?? { answer: ask(of) };
    known.set(of, found);
    return found.answer;
  };
}
