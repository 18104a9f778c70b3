import { Suspense, use, useState } from 'react';
import { Calls } from './Calls.tsx';
import { type Connection, logIn, logOut } from './connect.ts';
import { MemberPage } from './MemberPage.tsx';
import type { Plan } from './plans.ts';
import type { MemberRecord } from './record.ts';
import { Recover } from './Recover.tsx';

export function App({ connection }: { connection: Promise<Connection> }) {
  return (
    <>
      <header>
        <h1>Health Record Viewer</h1>
        <p>A sample app. Use it with made-up members.</p>
      </header>
      <main>
        <Recover>
          <Suspense fallback={<p role="status">Connecting …</p>}>
            <Start connection={connection} />
          </Suspense>
        </Recover>
        <Calls />
      </main>
    </>
  );
}

function Start({ connection }: { connection: Promise<Connection> }) {
  const { plans, record } = use(connection);
  return record ? <Member record={record} /> : <ChoosePlan plans={plans} />;
}

function ChoosePlan({ plans }: { plans: Plan[] }) {
  const [problem, setProblem] = useState('');
  const choose = (plan: Plan) =>
    logIn(plan).catch(() => setProblem(`${plan.name} does not answer. Try again.`));
  return (
    <section aria-labelledby="choose">
      <h2 id="choose">Choose your health plan</h2>
      <p>You log in at your plan, and it asks you what this app may see.</p>
      <ul className="plans">
        {plans.map((plan) => (
          <li key={plan.fhirBase}>
            {plan.login && (
              <p>
                Log in as <code>{plan.login}</code> with the password <code>{plan.password}</code>.
              </p>
            )}
            <button type="button" onClick={() => void choose(plan)}>
              Connect to {plan.name}
            </button>
          </li>
        ))}
      </ul>
      <p role="alert">{problem}</p>
    </section>
  );
}

function Member({ record }: { record: Promise<MemberRecord> }) {
  return (
    <>
      <button type="button" className="quiet" onClick={logOut}>
        Forget this record
      </button>
      <p className="note">The access goes on at your plan for ten minutes, or until you end it there.</p>
      <Suspense fallback={<p role="status">Reading the record …</p>}>
        <MemberPage record={record} />
      </Suspense>
    </>
  );
}
