/**
 * What all panes have in common: React inside of an error boundary, a name, and what they show.
 */
import { MainAreaWidget } from '@jupyterlab/apputils';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { ISignal } from '@lumino/signaling';
import * as React from 'react';
import type { NotebookState } from '../model';
import { Boundary } from './boundary';
import type { IViewContext } from './context';
import { keepFocus } from './focus';
import { logoIcon } from './icons';

/** A widget that React draws. What goes wrong in it is told in its place, and takes nothing along. */
export abstract class BoundedWidget extends ReactWidget {
  constructor(private readonly _bounds: Pick<IViewContext, 'trans'>) {
    super();
    const kept = keepFocus(this.node);
    this.disposed.connect(kept.dispose, kept);
  }

  /** One that shows an element. */
  static of(view: Pick<IViewContext, 'trans'>, element: JSX.Element): BoundedWidget {
    return new (class extends BoundedWidget {
      protected draw(): JSX.Element {
        return element;
      }
    })(view);
  }

  /** What it shows, inside of the boundary. */
  protected abstract draw(): JSX.Element;

  protected override render(): JSX.Element {
    return (
      <Boundary view={this._bounds} subject="">
        {this.draw()}
      </Boundary>
    );
  }
}

/** A pane of the dock. */
export class Pane extends MainAreaWidget<BoundedWidget> {
  constructor(private readonly _options: Pane.IOptions) {
    const { className, element, renamed, view } = _options;
    super({ content: BoundedWidget.of(view, element) });
    this.content.addClass(className);
    this.content.node.setAttribute('role', 'region');
    this.addClass(`${className}Pane`);
    this.toolbar.hide();
    this.title.icon = logoIcon;
    this.title.closable = true;
    renamed.forEach(signal => signal.connect(this._rename, this));
    this._rename();
  }

  /** What it shows: of a kind, at most one pane is open for each subject. */
  get subject(): object {
    return this._options.subject;
  }

  /** The notebook that it stands beside and goes with; null for one that belongs to none. */
  get state(): NotebookState | null {
    return this._options.state;
  }

  /** What the subject is found by after a reload, as a contents path. */
  get key(): string {
    return this._options.key();
  }

  private _rename(): void {
    const { label, caption, description } = this._options.name();
    this.title.label = label;
    this.title.caption = caption;
    this.content.node.setAttribute('aria-label', description);
  }
}

export namespace Pane {
  /** How a pane is called. */
  export interface IName {
    /** On its tab. */
    readonly label: string;
    /** Beside the pointer. */
    readonly caption: string;
    /** For a screen reader. */
    readonly description: string;
  }

  export interface IOptions {
    readonly view: Pick<IViewContext, 'trans'>;
    readonly subject: object;
    readonly state: NotebookState | null;
    readonly key: () => string;
    /** The class of its content; the pane has it with `Pane` after it. */
    readonly className: string;
    readonly element: JSX.Element;
    readonly name: () => IName;
    /** Emitted when it may be called something else. */
    readonly renamed: readonly ISignal<object, unknown>[];
  }
}
