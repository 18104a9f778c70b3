import { Component, type ReactNode } from 'react';
import { logOut } from './connect.ts';

/** Shows what went wrong, such as a member who said no, and lets the person begin again. */
export class Recover extends Component<{ children: ReactNode }, { problem?: string }> {
  override state: { problem?: string } = {};

  static getDerivedStateFromError(error: unknown) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }

  override render() {
    if (this.state.problem === undefined) return this.props.children;
    return (
      <section role="alert">
        <h2>That did not work</h2>
        <p>{this.state.problem}</p>
        <button type="button" onClick={logOut}>
          Begin again
        </button>
      </section>
    );
  }
}
