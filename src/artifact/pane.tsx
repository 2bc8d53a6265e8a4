/**
 * A session as a notebook, whoever fills it.
 */
import { MainAreaWidget } from '@jupyterlab/apputils';
import type { IEditorServices } from '@jupyterlab/codeeditor';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { BoxPanel } from '@lumino/widgets';
import * as React from 'react';
import type { TranslationBundle } from '@jupyterlab/translation';
import { BoundedWidget, Button, logoIcon, useSignals, type IViewContext } from '../view';
import { untrusting } from './rendering';
import type { FollowedSession } from './session';
import { ArtifactView } from './view';

/** Shows one session; what is typed here runs in it. */
export class SessionPane extends MainAreaWidget<BoxPanel> {
  constructor(options: SessionPane.IOptions) {
    const { followed, view, editors } = options;
    super({ content: new BoxPanel({ direction: 'top-to-bottom', spacing: 0 }) });
    this.followed = followed;
    this._trans = view.trans;
    this.artifactView = new ArtifactView({
      artifact: followed.artifact,
      view,
      rendermime: untrusting(options.rendermime, view.trans),
      editors,
      decide: () => undefined
    });
    const bar = BoundedWidget.of(view, <Bar {...options} />);
    bar.addClass('nl-AskBar');
    this.content.addClass('nl-Ask');
    this.content.addWidget(bar);
    this.content.addWidget(this.artifactView);
    BoxPanel.setStretch(bar, 0);
    BoxPanel.setStretch(this.artifactView, 1);
    this.toolbar.hide();
    this.title.icon = logoIcon;
    this.title.closable = true;
    this.content.node.setAttribute('role', 'region');
    followed.changed.connect(this._name, this);
    this.disposed.connect(() => followed.dispose(), this);
    this._name();
  }

  readonly followed: FollowedSession;
  readonly artifactView: ArtifactView;

  private _name(): void {
    const name = this.followed.session?.name ?? this._trans.__('Session');
    this.title.label = name;
    this.title.caption = this._trans.__('Session %1', name);
    this.content.node.setAttribute('aria-label', this.title.caption);
  }

  private readonly _trans: TranslationBundle;
}

export namespace SessionPane {
  export interface IOptions {
    readonly followed: FollowedSession;
    readonly view: IViewContext;
    readonly editors: IEditorServices;
    readonly rendermime: IRenderMimeRegistry;
    /** Write a notebook of it. */
    readonly keep: () => Promise<void>;
  }
}

function Bar({ followed, view, keep }: SessionPane.IOptions): JSX.Element {
  const { trans } = view;
  const { artifact, session, hasEnded } = followed;
  useSignals(followed.changed, artifact.changed);
  const isHeldBack = artifact.cells.some(cell => cell.isHeldBack);
  const isEmpty = artifact.written.length === 0;
  return (
    <div className="nl-AskBar-row">
      <span className="nl-AskBar-model" role="status">
        {hasEnded
          ? trans.__('The session has ended. What was run is still here.')
          : session
            ? trans.__('%1 · kernel %2', session.name, session.kernel_name)
            : trans.__('Connecting…')}
      </span>
      {isHeldBack ? (
        <Button
          title={trans.__('Outputs are shown without scripts until you trust them')}
          onClick={() => {
            artifact.cells.forEach(cell => cell.trust());
          }}
        >
          {trans.__('Trust outputs')}
        </Button>
      ) : null}
      <Button
        disabledReason={isEmpty ? trans.__('There is nothing to keep yet') : ''}
        title={trans.__('Write a notebook, on the same kernel')}
        onClick={() => void keep()}
      >
        {trans.__('Keep as notebook')}
      </Button>
    </div>
  );
}
