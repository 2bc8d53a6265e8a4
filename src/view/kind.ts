/**
 * What the views know of a kind of declaration. The table of kinds is `kinds/table.ts`; what is
 * the same for all of them branches on no kind.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Menu } from '@lumino/widgets';
import type { IAtEndpoint } from '../commandids';
import type { IRow, NotebookState, Scheme } from '../model';
import type { PreviewSession } from '../model/preview';
import type { Endpoint, EndpointStats } from '../protocol';
import type { IViewContext } from './context';

/** One kind of declaration: a row of the table. It is only given endpoints of its own. */
export interface IKind<E extends Endpoint = Endpoint> {
  /** The `kind` of its endpoints. */
  readonly name: E['kind'];
  /** The cell to begin with; left out where none is offered. */
  readonly sample?: (trans: TranslationBundle) => ISample;
  /** What its list in the panel is known by. */
  readonly section: string;
  /** The title of that list. */
  title(trans: TranslationBundle, count: number): string;
  /** What stands beside the badge. */
  subject(endpoint: E): string;
  /** How its path is called; null where it has no address. */
  scheme(endpoint: E): Scheme | null;
  /** The button that opens its preview. */
  tryText(trans: TranslationBundle): string;
  /** What it has done, at a glance. */
  Usage(props: IRowProps<E>): JSX.Element | null;
  /** More about it in words: in the lens beside its name, in the panel below. */
  Summary(props: IRowProps<E>): JSX.Element | null;
  /** The buttons of its row. */
  Actions(props: IRowProps<E>): JSX.Element | null;
  /** What the menu of its lens offers besides preview and URL. */
  menu(at: IAtEndpoint, isServed: boolean): readonly Menu.IItemOptions[];
  /** Register commands of its own. */
  register?(view: IViewContext): void;
  /** How it is tried, beside the notebook. */
  Preview(props: IPreviewProps<E>): JSX.Element;
}

/** What a row of an endpoint is drawn from, in the lens and in the panel. */
export interface IRowProps<E extends Endpoint = Endpoint> {
  readonly row: IRow<E>;
  readonly stats: EndpointStats | null;
  /** The notebook's contents path. */
  readonly path: string;
  readonly isServed: boolean;
  /** In the panel there is room for an icon where the lens has a word. */
  readonly where: 'lens' | 'panel';
  readonly view: IViewContext;
}

/** The endpoint to show, and the session in which the view keeps what is to outlive it. */
export interface IPreviewProps<E extends Endpoint = Endpoint> {
  readonly view: IViewContext;
  readonly state: NotebookState;
  readonly row: IRow<E>;
  readonly session: PreviewSession;
}

/** The cell to begin with: what it is, what it is for, and the command that inserts it. */
export interface ISample {
  readonly title: string;
  readonly about: string;
  readonly command: string;
}

/** The kinds that have an entry, and one that stands in for the others. */
export class Kinds {
  constructor(
    readonly all: readonly IKind[],
    readonly other: IKind
  ) {}

  /** The entry of an endpoint. */
  of({ kind }: Endpoint): IKind {
    return this.all.find(each => each.name === kind) ?? this.other;
  }

  /** What stands beside the badge of an endpoint. */
  subject(endpoint: Endpoint): string {
    return this.of(endpoint).subject(endpoint);
  }

  /** How an endpoint is called in a sentence: by its badge and what stands beside it. */
  text(endpoint: Endpoint): string {
    return `${endpoint.badge} ${this.subject(endpoint)}`;
  }
}

/** The cells to begin with, by the kinds that they declare. */
export function samplesOf({
  kinds,
  trans
}: IViewContext): readonly (ISample & { readonly kind: string })[] {
  return kinds.all.flatMap(({ name, sample }) =>
    sample ? [{ kind: name, ...sample(trans) }] : []
  );
}
