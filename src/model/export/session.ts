/**
 * The export of one notebook: what is asked for, what would be written, the check and the writing.
 */
import type { JSONObject } from '@lumino/coreutils';
import { DisposableDelegate, type IDisposable } from '@lumino/disposable';
import { Debouncer } from '@lumino/polling';
import { Signal, type ISignal } from '@lumino/signaling';
import type { INeutrinoApi } from '../../api';
import { DisposableObservable } from '../../observable';
import type { Check, Export, ExportPlan, ExportRequest } from '../../protocol';
import type { NotebookAnalysis } from '../analysis';
import type { Preferences } from '../preferences';
import { isSame } from '../preview/values';
import { areKept, firstDraft, optionErrors, withOptions, type Draft } from './draft';
import type { AnyJob, Job, Jobs } from './job';
import { failedCheck } from './notice';

const DELAY_MS = 400;

/** The notebook's document, as far as an export has to do with it. */
export interface IExportDocument {
  path(): string;
  kernelName(): string;
  isTrusted(): boolean;
  /** The value of the metadata key `neutrino_lab`. */
  metadata(): unknown;
  setMetadata(value: JSONObject): void;
  readonly metadataChanged: ISignal<unknown, unknown>;
}

/** The folder that was written last, and the cells that it was written from. */
export interface ILastExport {
  readonly at: Date;
  readonly sources: ReadonlyMap<string, string>;
}

/** Plans while somebody looks; checks and exports when told to. */
export class ExportSession extends DisposableObservable {
  constructor(private readonly _options: ExportSession.IOptions) {
    super();
    const { document, analysis, preferences, delayMs } = _options;
    this._first = firstDraft(document.metadata(), preferences.values);
    this._draft = { ...this._first, check: document.isTrusted() };
    this._debouncer = new Debouncer(() => this.plan(), delayMs ?? DELAY_MS);
    this._saved = analysis.savedSources;
    this._savedMetadata = this._metadata();
    analysis.changed.connect(this._onAnalysis, this);
    document.metadataChanged.connect(this._onPartChanged, this);
    preferences.changed.connect(this._onPreferences, this);
  }

  get draft(): Draft {
    return this._draft;
  }

  /** The newest plan; it may be of an earlier draft or an earlier save. */
  get newestPlan(): ExportPlan | null {
    return this._plan;
  }

  /** The plan that is being worked out. */
  get planning(): Job<ExportPlan> | null {
    return this._planning;
  }

  /** Why there is no plan of what is asked for now. */
  get planFailure(): Error | null {
    return this._planFailure;
  }

  /** Whether the notebook or the draft has changed since the plan. */
  get isPlanStale(): boolean {
    return this._plan !== null && this._plannedRevision !== this._revision;
  }

  /** The newest check, running or over. */
  get check(): Job<Check> | null {
    return this._check;
  }

  /** How the app did when it was last checked, alone or before an export. */
  get checked(): Check | null {
    return this._checked;
  }

  /** Whether the notebook or the draft has changed since. */
  get isCheckStale(): boolean {
    return this._checked !== null && this._checkedRevision !== this._revision;
  }

  /** The newest export, running or over. */
  get exporting(): Job<Export> | null {
    return this._exporting;
  }

  /** The check or the export that runs now. */
  get running(): AnyJob | null {
    return [this._exporting, this._check].find(each => each && !each.isOver) ?? null;
  }

  get lastExport(): ILastExport | null {
    return this._lastExport;
  }

  /** How many cells are not as they were exported; 0 where nothing was. */
  get changesSince(): number {
    return this._lastExport
      ? differences(this._lastExport.sources, this._options.analysis.sources)
      : 0;
  }

  /** Whether the document is ahead of the file, which is what gets exported. */
  get isUnsaved(): boolean {
    return this._options.analysis.isAhead || this._savedMetadata !== this._metadata();
  }

  get areOptionsKept(): boolean {
    return areKept(this._options.document.metadata(), this._draft);
  }

  /** Emitted with every export that begins. */
  get exportStarted(): ISignal<this, Job<Export>> {
    return this._exportStarted;
  }

  /** Keep the plan up to date until the result is disposed. */
  watch(): IDisposable {
    this._watchers += 1;
    if (!this._plan || this.isPlanStale) {
      void this.plan();
    }
    return new DisposableDelegate(() => {
      this._watchers -= 1;
      if (this._watchers === 0) {
        this._abandonPlan();
      }
    });
  }

  /** Ask for something else; the plan follows after a moment. */
  change(changes: Partial<Draft>): void {
    const draft = { ...this._draft, ...changes };
    const isNews =
      fingerprintOf({ ...draft, check: false }) !== fingerprintOf({ ...this._draft, check: false });
    this._draft = draft;
    if (isNews) {
      this._revision += 1;
      if (this._watchers > 0) {
        void this._debouncer.invoke().catch(() => undefined);
      }
    }
    this._changed.emit();
  }

  /** Work out what would be written, now; an answer that is overtaken is dropped. */
  async plan(): Promise<void> {
    this._abandonPlan();
    const isBusy = this._exporting !== null && !this._exporting.isOver;
    if (this.isDisposed || isBusy || optionErrors(this._draft).length > 0) {
      return;
    }
    const revision = this._revision;
    const { api, jobs } = this._options;
    const { job, over } = jobs.start(id => api.planExport(this._request(id)));
    this._planning = job;
    job.changed.connect(this._onPartChanged, this);
    this._changed.emit();
    await over;
    if (this._planning !== job || this.isDisposed) {
      return;
    }
    this._planning = null;
    this._planFailure = job.failure;
    if (job.result) {
      this._plan = job.result;
      this._plannedRevision = revision;
    }
    this._changed.emit();
  }

  /** Start the app in a process of its own and replay the saved examples. */
  async startCheck(trusted: boolean): Promise<void> {
    if (this.running) {
      return;
    }
    const { api, jobs } = this._options;
    const revision = this._revision;
    const { job, over } = jobs.start(id => api.checkExport({ ...this._request(id), trusted }));
    this._check = job;
    job.changed.connect(this._onPartChanged, this);
    this._changed.emit();
    await over;
    this._keepCheck(job.result, revision);
  }

  /** Write the folder. */
  async startExport(trusted: boolean): Promise<void> {
    if (this.running) {
      return;
    }
    this._abandonPlan();
    const { api, jobs, analysis } = this._options;
    const revision = this._revision;
    const sources = analysis.savedSources;
    const { job, over } = jobs.start(id => api.exportFolder({ ...this._request(id), trusted }));
    this._exporting = job;
    job.changed.connect(this._onPartChanged, this);
    this._exportStarted.emit(job);
    this._changed.emit();
    await over;
    if (this.isDisposed) {
      return;
    }
    this._keepCheck(job.result?.check ?? failedCheck(job.failure), revision);
    if (job.result) {
      this._lastExport = { at: (this._options.now ?? (() => new Date()))(), sources };
    }
    this._changed.emit();
    if (this._watchers > 0) {
      await this.plan();
    }
  }

  /** Write the options that a notebook can keep into its metadata; saving it is the user's. */
  keepOptions(): void {
    const { document } = this._options;
    document.setMetadata(withOptions(document.metadata(), this._draft));
    this._changed.emit();
  }

  protected override release(): void {
    this._debouncer.dispose();
    this._abandonPlan();
  }

  private _request(id: string): ExportRequest {
    const { document } = this._options;
    return { path: document.path(), id, kernel_name: document.kernelName(), options: this._draft };
  }

  private _abandonPlan(): void {
    const job = this._planning;
    this._planning = null;
    if (job) {
      job.changed.disconnect(this._onPartChanged, this);
      void job.cancel();
    }
  }

  private _keepCheck(check: Check | null, revision: number): void {
    if (check && !this.isDisposed) {
      this._checked = check;
      this._checkedRevision = revision;
      this._changed.emit();
    }
  }

  private _onAnalysis(): void {
    const saved = this._options.analysis.savedSources;
    if (saved !== this._saved) {
      this._saved = saved;
      this._savedMetadata = this._metadata();
      this._revision += 1;
      if (this._watchers > 0) {
        void this.plan();
      }
    }
    this._changed.emit();
  }

  /** Take up what the settings say now, where the user has said nothing else. */
  private _onPreferences(): void {
    const { document, preferences } = this._options;
    const before = this._first;
    this._first = firstDraft(document.metadata(), preferences.values);
    const { files, packages } = this._first;
    this.change({
      ...(isSame(this._draft.files, before.files) ? { files } : {}),
      ...(isSame(this._draft.packages, before.packages) ? { packages } : {})
    });
  }

  private _metadata(): string {
    return fingerprintOf(this._options.document.metadata());
  }

  private readonly _debouncer: Debouncer<void>;
  private readonly _exportStarted = new Signal<this, Job<Export>>(this);
  /** The draft as it was before the user changed anything. */
  private _first: Draft;
  private _draft: Draft;
  private _plan: ExportPlan | null = null;
  private _planning: Job<ExportPlan> | null = null;
  private _planFailure: Error | null = null;
  private _check: Job<Check> | null = null;
  private _checked: Check | null = null;
  private _exporting: Job<Export> | null = null;
  private _lastExport: ILastExport | null = null;
  private _saved: ReadonlyMap<string, string>;
  private _savedMetadata: string;
  /** Counts what a plan or a check depends on: drafts and saves. */
  private _revision = 0;
  private _plannedRevision = 0;
  private _checkedRevision = 0;
  private _watchers = 0;
}

export namespace ExportSession {
  export interface IOptions {
    readonly api: Pick<INeutrinoApi, 'planExport' | 'checkExport' | 'exportFolder'>;
    readonly jobs: Jobs;
    readonly analysis: Pick<NotebookAnalysis, 'changed' | 'isAhead' | 'savedSources' | 'sources'>;
    readonly document: IExportDocument;
    readonly preferences: Pick<Preferences, 'values' | 'changed'>;
    readonly delayMs?: number;
    readonly now?: () => Date;
  }
}

function differences(
  before: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>
): number {
  const ids = new Set([...before.keys(), ...now.keys()]);
  return [...ids].filter(id => before.get(id) !== now.get(id)).length;
}

function fingerprintOf(value: unknown): string {
  return JSON.stringify(value) ?? '';
}
