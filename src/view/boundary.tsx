/**
 * Keeps what goes wrong in one view from taking the others with it.
 */
import * as React from 'react';
import type { IViewContext } from './context';
import { Button } from './pieces';

interface IProps {
  readonly view: Pick<IViewContext, 'trans'>;
  /** What is shown: with another one it is tried again. */
  readonly subject: string;
  readonly children: React.ReactNode;
}

interface IState {
  readonly error: Error | null;
  readonly subject: string;
}

/** A view that says in its place that it could not be drawn, and why. */
export class Boundary extends React.Component<IProps, IState> {
  override state: IState = { error: null, subject: this.props.subject };

  static getDerivedStateFromError(error: Error): Partial<IState> {
    return { error };
  }

  static getDerivedStateFromProps({ subject }: IProps, state: IState): Partial<IState> | null {
    return subject === state.subject ? null : { error: null, subject };
  }

  override render(): React.ReactNode {
    const { trans } = this.props.view;
    const { error } = this.state;
    if (!error) {
      return this.props.children;
    }
    return (
      <div className="nl-Boundary" role="alert">
        <p>{trans.__('This could not be shown: %1', error.message)}</p>
        <Button onClick={() => this.setState({ error: null })}>{trans.__('Try again')}</Button>
      </div>
    );
  }
}
