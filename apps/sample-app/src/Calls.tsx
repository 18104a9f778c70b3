import { useState, useSyncExternalStore } from 'react';
import { type Call, readCalls, subscribe, tokenInUse } from './calls.ts';

/** Each request of this page as a command, with its answer. */
export function Calls() {
  const calls = useSyncExternalStore(subscribe, readCalls);
  const [token, setToken] = useState<string>();
  if (calls.length === 0) return null;
  return (
    <section aria-label="Requests">
      <h3>Requests of this page</h3>
      {tokenInUse() &&
        (token === undefined ? (
          <p>
            The commands need the access token.{' '}
            <button type="button" className="quiet" onClick={() => setToken(tokenInUse())}>
              Show the token
            </button>
          </p>
        ) : (
          <Code label="The access token" text={`TOKEN=${token}`} />
        ))}
      {calls.map((call, index) => (
        // Calls are only added, so their place is their identity.
        <OneCall key={index} call={call} />
      ))}
    </section>
  );
}

function OneCall({ call: { curl, status, answer, ms } }: { call: Call }) {
  const path = new URL(curl.split("'")[1] ?? '').pathname;
  return (
    <details>
      <summary>
        <code>{path}</code> {status}, {ms} ms
      </summary>
      <Code label={`Request to ${path}`} text={curl} />
      <Code label={`Answer of ${path}`} text={answer} />
    </details>
  );
}

/** Long lines are scrolled, with the keyboard too. */
const Code = ({ label, text }: { label: string; text: string }) => (
  <pre tabIndex={0} role="region" aria-label={label}>
    {text}
  </pre>
);
