/**
 * The exports of the open notebooks: one session for each, made when it is first asked for.
 */
import type { IDisposable } from '@lumino/disposable';
import type { INeutrinoApi } from '../../api';
import { DisposableObservable } from '../../observable';
import type { ServedEvent } from '../../protocol';
import { METADATA, isTrusted, kernelName, type NotebookContext } from '../document';
import type { NotebookState } from '../notebook';
import type { Preferences } from '../preferences';
import { Jobs } from './job';
import { ExportSession, type IExportDocument } from './session';

/** The sessions, and what becomes of them. `changed` is emitted when a session changes. */
export class Exports extends DisposableObservable {
  constructor(private readonly _options: Exports.IOptions) {
    super();
    this._jobs = new Jobs(_options);
  }

  /** The session of an open notebook. */
  of(context: NotebookContext, state: NotebookState): ExportSession {
    const known = this._sessions.get(state);
    if (known) {
      return known;
    }
    const session = new ExportSession({
      api: this._options.api,
      jobs: this._jobs,
      analysis: state.analysis,
      document: documentOf(context, state),
      preferences: this._options.preferences
    });
    this._sessions.set(state, session);
    session.changed.connect(this._onPartChanged, this);
    context.disposed.connect(() => {
      this._sessions.delete(state);
      session.dispose();
    }, session);
    return session;
  }

  /** The session of a notebook, if there ever was cause for one. */
  known(state: NotebookState): ExportSession | null {
    return this._sessions.get(state) ?? null;
  }

  protected override release(): void {
    this._sessions.forEach(session => session.dispose());
    this._sessions.clear();
    this._jobs.dispose();
  }

  private readonly _jobs: Jobs;
  private readonly _sessions = new Map<NotebookState, ExportSession>();
}

export namespace Exports {
  export interface IOptions {
    readonly api: Pick<
      INeutrinoApi,
      'planExport' | 'checkExport' | 'exportFolder' | 'cancelExport'
    >;
    readonly preferences: Preferences;
    readonly listen: (listener: (event: ServedEvent) => void) => IDisposable;
  }
}

function documentOf(context: NotebookContext, state: NotebookState): IExportDocument {
  const { model } = context;
  return {
    path: () => state.snapshot.path,
    kernelName: () => kernelName(context),
    isTrusted: () => isTrusted(model),
    metadata: () => model.getMetadata(METADATA) as unknown,
    setMetadata: value => model.setMetadata(METADATA, value),
    metadataChanged: model.metadataChanged
  };
}
