/**
 * What is told once to a person, when the first endpoint is live, and never again.
 */
import type { Preferences } from '../model';
import { Observable } from '../observable';

/** Whether the first success is still to be told of; never where it could not be remembered. */
export class FirstRunHint extends Observable {
  /** A setting remembers it: it is the person's, in every workspace and browser. */
  constructor(private readonly _preferences: Preferences) {
    super();
    _preferences.changed.connect(() => this._changed.emit());
  }

  /** Whether a notebook is to tell it: the first one that asks. */
  isDueAt(path: string): boolean {
    const { areKept, values } = this._preferences;
    if (this._place === null && areKept && values.introduction) {
      this._place = path;
      // Seen is seen, also by somebody who does not press the button.
      void this._preferences.keep('introduction', false);
    }
    return this._place === path;
  }

  /** The user does not want to see it any longer. */
  dismiss(): void {
    this._place = '';
    this._changed.emit();
  }

  private _place: string | null = null;
}
