/**
 * One notification for one export, from the start to the folder.
 */
import { Clipboard, Notification } from '@jupyterlab/apputils';
import {
  actions,
  fraction,
  isClean,
  notice,
  type Job,
  type Notice,
  type NoticeAction
} from '../model';
import type { Export } from '../protocol';
import type { IViewContext } from '../view';
import { showLog } from './actions';
import { noticeText } from './wording';

const OPEN_FOLDER = 'filebrowser:open-path';
/** A notification that is changed before it is on the screen stays as it was. */
const SHOWN_MS = 1000;
/** Files are written faster than anyone reads. */
const PAUSE_MS = 250;

/** Tells of an export until it is over. */
export class ExportNotification {
  /** `show` brings the pane back. */
  constructor(
    private readonly _job: Job<Export>,
    private readonly _name: string,
    private readonly _view: IViewContext,
    private readonly _show: () => void
  ) {
    const { type, message, options } = this._content();
    this._id = Notification.emit(message, type, options);
    this._wait(SHOWN_MS);
    _job.changed.connect(this._onChanged, this);
  }

  /** Take it off the screen: another export has begun. */
  dismiss(): void {
    Notification.dismiss(this._id);
  }

  private _onChanged(): void {
    this._isStale = true;
    if (this._timer === null) {
      this._update();
    }
  }

  private _update(): void {
    this._timer = null;
    if (!this._isStale) {
      return;
    }
    this._isStale = false;
    const { type, message, options } = this._content();
    const isThere = Notification.update({ id: this._id, type, message, ...options });
    if (this._job.isOver) {
      this._job.changed.disconnect(this._onChanged, this);
      if (!isThere) {
        // It was closed before its time; what became of the export is to be told all the same.
        this._id = Notification.emit(message, type, options);
      }
      return;
    }
    this._wait(PAUSE_MS);
  }

  private _wait(durationMs: number): void {
    this._timer = window.setTimeout(() => this._update(), durationMs);
  }

  private _content(): IContent {
    const told = notice(this._job);
    const progress = told.kind === 'running' && told.progress ? fraction(told.progress) : null;
    return {
      type: typeOf(told),
      message: noticeText(told, this._name, this._view.trans),
      options: {
        autoClose: false,
        actions: actions(told).flatMap(action => this._action(action, told)),
        ...(progress === null ? {} : { progress })
      }
    };
  }

  private _action(action: NoticeAction, told: Notice): readonly Notification.IAction[] {
    const { commands, trans } = this._view;
    const stay = (label: string, act: () => void): readonly Notification.IAction[] => [
      {
        label,
        callback: event => {
          event.preventDefault();
          act();
        }
      }
    ];
    switch (action) {
      case 'cancel':
        return stay(trans.__('Cancel'), () => void this._job.cancel());
      case 'show':
        return stay(trans.__('Show'), this._show);
      case 'log':
        return stay(trans.__('Show log'), () => {
          if ('log' in told) {
            void showLog(told.log, this._view);
          }
        });
      case 'copy':
        return stay(trans.__('Copy docker command'), () => {
          Clipboard.copyToSystem(this._job.result?.command ?? '');
        });
      case 'open':
        return commands.hasCommand(OPEN_FOLDER)
          ? stay(trans.__('Open folder'), () => {
              void commands.execute(OPEN_FOLDER, { path: this._job.result?.folder ?? '' });
            })
          : [];
    }
  }

  private _id: string;
  private _timer: number | null = null;
  private _isStale = false;
}

interface IContent {
  readonly type: Notification.TypeOptions;
  readonly message: string;
  readonly options: Notification.IOptions<null>;
}

function typeOf(told: Notice): Notification.TypeOptions {
  switch (told.kind) {
    case 'running':
    case 'cancelling':
      return 'in-progress';
    case 'cancelled':
      return 'info';
    case 'failed':
      return 'error';
    case 'written':
      return isClean(told.result) ? 'success' : 'warning';
  }
}
