/**
 * The user's settings, as the rest of the front end reads them.
 */
import type { IChatOptions } from '../api';
import { Observable } from '../observable';
import type { ServeOptions } from '../protocol';
import type { PreviewTarget } from './preview/target';

/** The settings of `schema/model.json`. */
export interface IPreferences {
  /** Where the lens row is shown. */
  readonly lens: 'always' | 'active' | 'off';
  /** Where Copy URL points: to the Jupyter server, or to a port that the notebook is also served at. */
  readonly target: 'jupyter' | 'port';
  readonly previewTarget: PreviewTarget;
  readonly reload: 'save' | 'never';
  readonly startLimit: number;
  readonly requestLimit: number;
  readonly timeZone: string;
  readonly introduction: boolean;
  readonly exportFiles: readonly string[];
  readonly exportPackages: readonly string[];
  readonly chatModel: string;
  readonly chatBaseUrl: string;
  readonly chatRounds: number;
}

/** What holds where nothing is set; the schema says the same. */
export const DEFAULTS: IPreferences = {
  lens: 'always',
  target: 'jupyter',
  previewTarget: 'auto',
  reload: 'save',
  startLimit: 300,
  requestLimit: 0,
  timeZone: '',
  introduction: true,
  exportFiles: [],
  exportPackages: [],
  chatModel: '',
  chatBaseUrl: '',
  chatRounds: 12
};

/** The settings in force, and a signal for when they change. */
export class Preferences extends Observable {
  get values(): IPreferences {
    return this._values;
  }

  update(values: Partial<IPreferences>): void {
    this._values = {
      ...DEFAULTS,
      ...values,
      exportFiles: asTexts(values.exportFiles),
      exportPackages: asTexts(values.exportPackages)
    };
    this._changed.emit();
  }

  /** Whether they have been read from where they are kept. */
  get areKept(): boolean {
    return this._write !== null;
  }

  /** Where they are kept: what keeps one of them. */
  connect(write: (name: keyof IPreferences, value: boolean) => Promise<void>): void {
    this._write = write;
    this._changed.emit();
  }

  /** Keep one, as if the user had set it. */
  async keep(name: 'introduction', value: boolean): Promise<void> {
    await this._write?.(name, value);
  }

  /** What the server part has to know of them. */
  serveOptions(): ServeOptions {
    const { reload, startLimit, requestLimit, timeZone, target } = this._values;
    return {
      reload_on_save: reload === 'save',
      start_limit_s: startLimit,
      request_limit_s: requestLimit,
      timezone: timeZone,
      own_port: target === 'port'
    };
  }

  /** Which model to ask, where the user has chosen one, and how often at most. */
  chatOptions(): IChatOptions {
    const { chatModel, chatBaseUrl, chatRounds } = this._values;
    return {
      ...(chatModel && { model: chatModel }),
      ...(chatBaseUrl && { base_url: chatBaseUrl }),
      rounds: chatRounds
    };
  }

  private _values = DEFAULTS;
  private _write: ((name: keyof IPreferences, value: boolean) => Promise<void>) | null = null;
}

/** A list of texts; anything else is as good as none. */
function asTexts(value: unknown): readonly string[] {
  const isList = Array.isArray(value) && value.every(each => typeof each === 'string');
  return isList ? value : [];
}
