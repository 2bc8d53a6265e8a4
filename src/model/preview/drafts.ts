/**
 * What is filled in for each endpoint of a notebook, kept in the browser's memory without secrets.
 */
import type { IStateDB } from '@jupyterlab/statedb';
import type { ReadonlyPartialJSONValue } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import { asValues } from './examples';
import { keepableDraft, type SecretNames } from './secrets';
import { asTree, type IDraft } from './values';

const SAVE_MS = 500;

/** Drafts by the place of their endpoint. What is kept goes with the notebook to its new name. */
export class Drafts implements IDisposable {
  constructor(
    private readonly _storage: IStateDB | null,
    private _path: string
  ) {}

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  get(place: string): IDraft | undefined {
    return this._drafts.get(place);
  }

  /** Fill in; kept for the next visit a moment later, but for the values of `names`. */
  set(place: string, draft: IDraft, names: SecretNames): void {
    this._drafts.set(place, draft);
    this._secrets.set(place, names);
    window.clearTimeout(this._timers.get(place));
    const save = (): void => void this._save(place);
    this._timers.set(place, window.setTimeout(save, SAVE_MS));
  }

  /** Bring back what was kept, once and where nothing is filled in yet; true if there was something. */
  async restore(place: string): Promise<boolean> {
    if (this._restored.has(place)) {
      return false;
    }
    this._restored.add(place);
    const kept = asTree(await this._storage?.fetch(keyOf(this._path, place)));
    if (this._isDisposed || !kept.values || this._drafts.has(place)) {
      return false;
    }
    this._drafts.set(place, {
      values: asValues(kept.values),
      first: asTree(kept.first),
      parked: asTree(kept.parked),
      text: typeof kept.text === 'string' ? kept.text : null
    });
    return true;
  }

  /** Keep everything under the notebook's new path. */
  rename(path: string): void {
    for (const place of this._drafts.keys()) {
      void this._storage?.remove(keyOf(this._path, place));
    }
    this._path = path;
    for (const place of this._drafts.keys()) {
      void this._save(place);
    }
  }

  dispose(): void {
    this._isDisposed = true;
    this._timers.forEach(timer => window.clearTimeout(timer));
  }

  private async _save(place: string): Promise<void> {
    const draft = this._drafts.get(place);
    if (draft) {
      const kept = keepableDraft(draft, this._secrets.get(place));
      const plain = JSON.parse(JSON.stringify(kept)) as ReadonlyPartialJSONValue;
      await this._storage?.save(keyOf(this._path, place), plain);
    }
  }

  private readonly _drafts = new Map<string, IDraft>();
  private readonly _secrets = new Map<string, SecretNames>();
  private readonly _restored = new Set<string>();
  private readonly _timers = new Map<string, number>();
  private _isDisposed = false;
}

/** Where a draft is kept. */
function keyOf(path: string, place: string): string {
  return `neutrino-lab:request:${path}:${place}`;
}
