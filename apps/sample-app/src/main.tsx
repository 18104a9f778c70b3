// Before the SMART library, which takes the `fetch` that it finds.
import './calls.ts';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import { connect } from './connect.ts';
import './style.css';

const root = document.getElementById('app');
// What the address says is read once. React may render a component twice.
const connection = connect();
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App connection={connection} />
    </StrictMode>,
  );
}
