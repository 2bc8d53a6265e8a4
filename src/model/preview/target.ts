/**
 * Who answers a request of the preview: the served notebook, or the notebook's own kernel.
 */
import type { Call, Endpoint, KernelNeed } from '../../protocol';
import type { IStatus } from '../status';
import type { IOutgoing, Pairs } from './request';
import type { IOpenApi } from './schema';

/** The served notebook's process, or the live kernel. */
export type TargetKind = 'worker' | 'kernel';

/** What the user has set: the served notebook where it is served, or always one of the two. */
export type PreviewTarget = 'auto' | TargetKind;

/** Why a call was not answered, and what would help. */
export type SendError =
  | { readonly kind: 'told'; readonly text: string }
  /** Not served (any more). */
  | { readonly kind: 'not-served' }
  /** A name is missing in the kernel: its cell has not run there. */
  | { readonly kind: 'undefined'; readonly need: KernelNeed }
  /** The name is that of another cell's function by now. */
  | { readonly kind: 'taken'; readonly need: KernelNeed; readonly holder: number }
  | { readonly kind: 'lacking'; readonly reason: string; readonly command: string }
  /** No kernel, or one that died, is restarted or does not answer. */
  | { readonly kind: 'kernel'; readonly status: string }
  /** A cell that was queued before it failed, and Jupyter dropped what came after. */
  | { readonly kind: 'dropped' }
  | { readonly kind: 'interrupted' }
  /** A kernel on another machine, that cannot read what the server has put there for it. */
  | { readonly kind: 'remote' }
  | { readonly kind: 'too-large'; readonly bytes: number; readonly most: number };

/** A call that found no answer. */
export class SendFailed extends Error {
  constructor(readonly error: SendError) {
    super(error.kind === 'told' ? error.text : error.kind);
  }
}

/** A call: which endpoint is meant, and what the journal is to know the request by. */
export interface ICalling {
  readonly id: string;
  readonly endpoint: Endpoint;
  readonly signal: AbortSignal;
}

/** An answer that has begun to arrive. */
export interface IReply {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Pairs;
  /** The next piece of the body; null at its end. */
  readonly read: () => Promise<Uint8Array | null>;
  /** What was noted of the call for its author; null where nothing was. */
  readonly note: () => Promise<Call | null>;
  /** What only one who answers all at once knows: the time that it took, and the whole size. */
  readonly whole?: { readonly durationMs: number; readonly size: number };
}

/** One that can answer. */
export interface ITarget {
  readonly kind: TargetKind;
  /** Keep what it tells of an endpoint up to date; of none with null. */
  watch(endpoint: Endpoint | null): void;
  /** Whether it would answer a call of this endpoint now, and why not, as far as it is known. */
  status(endpoint: Endpoint, served: IStatus): IStatus;
  /** The app's own description, as far as it is known. */
  readonly openApi: IOpenApi | null;
  /** Send a request. Rejects with SendFailed, or with what made a call on the way fail. */
  send(request: IOutgoing, calling: ICalling): Promise<IReply>;
}
