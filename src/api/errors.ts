/**
 * How a call to the server part fails.
 */
import type { Problem } from '../protocol';

/** The server part answered with a `Problem`. */
export class CallFailed extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem
  ) {
    super(problem.message);
    this.name = 'CallFailed';
  }
}

/** The server has no Neutrino Lab: only the front half is installed, or enabled. */
export class ServerPartMissing extends Error {
  constructor() {
    super('The server part of Neutrino Lab is missing.');
    this.name = 'ServerPartMissing';
  }
}
