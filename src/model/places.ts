/**
 * Which endpoint is which while declarations are edited: a path or a verb may change, and what was
 * filled in, sent and connected stays with the endpoint.
 */
import type { Endpoint } from '../protocol';

/** One endpoint of a cell, under all the keys that it has had. */
interface IIdentity {
  readonly place: string;
  /** Newest first. */
  readonly keys: readonly string[];
}

type Declared = Pick<Endpoint, 'key' | 'cell_id'>;

/** Gives every endpoint of a notebook a name of its own: by its cell and its number there. */
export class Places {
  /** Learn what is declared now. An endpoint whose key is new is one whose key is gone, if any. */
  update(declared: readonly Declared[]): void {
    const cells = new Map<string, string[]>();
    declared.forEach(({ cell_id, key }) =>
      cells.set(cell_id, [...(cells.get(cell_id) ?? []), key])
    );
    cells.forEach((keys, cellId) => this._cells.set(cellId, this._renewed(cellId, keys)));
  }

  /** The name of an endpoint, also under a key that it had before. */
  of({ cell_id, key }: Declared): string {
    const known = this._cells.get(cell_id) ?? [];
    const found =
      known.find(({ keys }) => keys[0] === key) ?? known.find(({ keys }) => keys.includes(key));
    return found?.place ?? `${cell_id}#${known.length}`;
  }

  private _renewed(cellId: string, keys: readonly string[]): readonly IIdentity[] {
    const known = [...(this._cells.get(cellId) ?? [])];
    const isCurrent = ({ keys: [newest = ''] }: IIdentity): boolean => keys.includes(newest);
    for (const key of keys) {
      if (known.some(each => each.keys[0] === key)) {
        continue;
      }
      const former = known.findIndex(each => !isCurrent(each) && each.keys.includes(key));
      const lost = former < 0 ? known.findIndex(each => !isCurrent(each)) : former;
      const place = known[lost]?.place ?? `${cellId}#${known.length}`;
      const before = (known[lost]?.keys ?? []).filter(each => each !== key);
      known.splice(lost < 0 ? known.length : lost, 1, { place, keys: [key, ...before] });
    }
    return known;
  }

  private readonly _cells = new Map<string, readonly IIdentity[]>();
}
