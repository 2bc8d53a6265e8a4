/**
 * The question that is being written.
 */
import { Observable } from '../observable';
import type { IAttachment } from './attachments';

/** Its text, and what goes with it. */
export class Draft extends Observable {
  get text(): string {
    return this._text;
  }

  get attachments(): readonly IAttachment[] {
    return this._attachments;
  }

  write(text: string): void {
    this._text = text;
    this._changed.emit();
  }

  /** Add what goes with it; of two files with one name, the newer one does. */
  attach(added: readonly IAttachment[]): void {
    const names = new Set(added.map(({ file }) => file));
    this._attachments = [...this._attachments.filter(({ file }) => !names.has(file)), ...added];
    this._changed.emit();
  }

  detach(attachment: IAttachment): void {
    this._attachments = this._attachments.filter(each => each !== attachment);
    this._changed.emit();
  }

  /** Give all of it away. */
  take(): { readonly text: string; readonly attachments: readonly IAttachment[] } {
    const { text, attachments } = this;
    this._attachments = [];
    this.write('');
    return { text, attachments };
  }

  private _text = '';
  private _attachments: readonly IAttachment[] = [];
}
