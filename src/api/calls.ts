/**
 * One call below the server's base URL, and how it fails.
 */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
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

/** Ask; what is no success is raised. */
export async function call(
  settings: ServerConnection.ISettings,
  path: string,
  init: RequestInit
): Promise<Response> {
  const url = URLExt.join(settings.baseUrl, path);
  const response = await ServerConnection.makeRequest(url, init, settings);
  if (!response.ok) {
    throw failure(response.status, await response.text());
  }
  return response;
}

/** Tell a refusal by the server part from a server without one. */
export function failure(status: number, text: string): CallFailed | ServerPartMissing {
  const problem = asProblem(text);
  if (problem) {
    return new CallFailed(status, problem);
  }
  if (status === 404 || status === 405) {
    return new ServerPartMissing();
  }
  return new CallFailed(status, {
    code: `http-${status}`,
    message: text.slice(0, 300),
    context: {}
  });
}

function asProblem(text: string): Problem | null {
  try {
    const found: unknown = JSON.parse(text);
    return isProblem(found) ? { ...found, context: found.context ?? {} } : null;
  } catch {
    return null;
  }
}

function isProblem(found: unknown): found is Problem {
  const { code, message } = (found ?? {}) as Partial<Problem>;
  return typeof code === 'string' && typeof message === 'string';
}
