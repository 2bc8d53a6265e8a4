/**
 * What every view is given.
 */
import type { IEditorServices } from '@jupyterlab/codeeditor';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { Contents } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { OpenNotebooks } from '../commands/notebooks';
import type { NeutrinoModel } from '../model';
import type { PreviewSessions } from '../model/preview';
import type { Locale } from './dates';
import type { Kinds } from './kind';

/** The model to show, the commands to offer, the language to do it in, editors, renderers and voice. */
export interface IViewContext {
  readonly model: NeutrinoModel;
  /** Finds the notebook that a command is about. */
  readonly notebooks: OpenNotebooks;
  /** What differs from kind to kind. */
  readonly kinds: Kinds;
  /** What the previews remember. */
  readonly sessions: PreviewSessions;
  readonly commands: CommandRegistry;
  readonly trans: TranslationBundle;
  /** The language of dates. */
  readonly locale: Locale;
  /** What makes JupyterLab's editors. */
  readonly editors: IEditorServices | null;
  /** What draws outputs and answers by their media types. */
  readonly rendermime: IRenderMimeRegistry | null;
  /** Reads the files of the file browser. */
  readonly contents: Contents.IManager;
  /** Tell a screen reader; what comes too fast is left out. */
  readonly say: (message: string) => void;
}
