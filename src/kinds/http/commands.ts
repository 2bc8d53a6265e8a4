/**
 * Copies a request as a command: what is filled in, with the token by name.
 */
import { Clipboard } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { CommandIDs } from '../../commands/ids';
import { endpointRow } from '../../commands/locate';
import { isUp } from '../../model';
import { LANGUAGES, httpOf, snippet, type Language } from '../../model/preview';
import type { IViewContext } from '../../view';

/** Register the commands about a request: reset it, copy it. */
export function registerRequests(view: IViewContext): void {
  const { commands, model, sessions, trans, say } = view;
  commands.addCommand(CommandIDs.resetRequest, {
    label: trans.__('Reset the Request'),
    caption: trans.__('Fill in the first values again'),
    describedBy: {
      args: { type: 'object', properties: { key: { type: 'string' }, path: { type: 'string' } } }
    },
    execute: args => {
      const notebook = model.panelAt(args.path as string | undefined);
      const row = notebook && endpointRow(notebook, model, args.key as string | undefined);
      if (notebook && row?.endpoint.kind === 'http') {
        const state = model.state(notebook.context);
        httpOf(sessions.of(notebook.context), state, model.api).fill(row.endpoint, null);
        say(trans.__('The first values are filled in again'));
      }
    }
  });
  commands.addCommand(CommandIDs.copySnippet, {
    label: args => trans.__('Copy as %1', languageText(args.language as Language, trans)),
    isEnabled: args => isUp(model.stateAt(args.path as string | undefined)?.snapshot.served),
    caption: trans.__('Copy the request as a command; the token is named, never written'),
    describedBy: {
      args: {
        type: 'object',
        properties: {
          key: { type: 'string' },
          path: { type: 'string' },
          language: { type: 'string', enum: [...LANGUAGES] }
        },
        required: ['language']
      }
    },
    execute: args => {
      const notebook = model.panelAt(args.path as string | undefined);
      if (!notebook) {
        return null;
      }
      const endpoint = endpointRow(notebook, model, args.key as string | undefined)?.endpoint;
      const state = model.state(notebook.context);
      const served = state.snapshot.served;
      if (!endpoint || endpoint.kind !== 'http' || !isUp(served)) {
        return null;
      }
      const http = httpOf(sessions.of(notebook.context), state, model.api);
      const request = http.request(endpoint);
      const text = snippet(args.language as Language, http.url(served, request), request);
      Clipboard.copyToSystem(text);
      say(trans.__('Copied'));
      return text;
    }
  });
}

function languageText(language: Language, trans: TranslationBundle): string {
  switch (language) {
    case 'bash':
      return trans.__('curl (bash)');
    case 'powershell':
      return trans.__('curl (PowerShell)');
    case 'python':
      return trans.__('Python (requests)');
    case 'javascript':
      return trans.__('JavaScript (fetch)');
  }
  return trans.__('Command');
}
