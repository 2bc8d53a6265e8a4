/**
 * What can be done with a request besides sending it: reset it, tell it as a command, read it from
 * one.
 */
import { Notification } from '@jupyterlab/apputils';
import { CommandIDs } from '../../commandids';
import { endpointRow } from '../../commands/locate';
import { isUp } from '../../model';
import {
  endpointOf,
  filledBy,
  httpOf,
  isSecret,
  readCurl,
  unset,
  type HttpPreview
} from '../../model/preview';
import type { Endpoint, HttpEndpoint } from '../../protocol';
import type { IViewContext } from '../../view';
import { askForCommand, showSnippet } from './view/copying';
import { showVerdicts } from './view/verdicts';

/** Register the commands about a request. */
export function registerRequests(view: IViewContext): void {
  const { commands, model, notebooks, sessions, trans, say } = view;
  commands.addCommand(CommandIDs.resetRequest, {
    label: trans.__('Reset the Request'),
    caption: trans.__('Fill in the first values again'),
    describedBy: {
      args: { type: 'object', properties: { key: { type: 'string' }, path: { type: 'string' } } }
    },
    execute: args => {
      const notebook = notebooks.at(args.path as string | undefined);
      const row = notebook && endpointRow(notebook, model, args.key as string | undefined);
      if (notebook && row?.endpoint.kind === 'http') {
        const state = model.state(notebook.context);
        httpOf(sessions.of(notebook.context), state, model.api).fill(row.endpoint, null);
        say(trans.__('The first values are filled in again'));
      }
    }
  });
  const httpAt = (path: unknown, key: unknown): [HttpPreview, Endpoint] | null => {
    const notebook = notebooks.at(path as string | undefined);
    const endpoint = notebook && endpointRow(notebook, model, key as string | undefined)?.endpoint;
    return notebook && endpoint?.kind === 'http'
      ? [httpOf(sessions.of(notebook.context), model.state(notebook.context), model.api), endpoint]
      : null;
  };
  commands.addCommand(CommandIDs.sendOnChange, {
    label: trans.__('Send on Change'),
    caption: trans.__('Send the request whenever a value changes'),
    describedBy: {
      args: { type: 'object', properties: { key: { type: 'string' }, path: { type: 'string' } } }
    },
    isToggleable: true,
    isToggled: args => {
      const [http, endpoint] = httpAt(args.path, args.key) ?? [];
      return http !== undefined && endpoint !== undefined && http.sendsOnChange(endpoint);
    },
    execute: args => {
      const [http, endpoint] = httpAt(args.path, args.key) ?? [];
      if (http && endpoint) {
        http.toggleSendOnChange(endpoint);
        say(
          http.sendsOnChange(endpoint)
            ? trans.__('The request is sent whenever a value changes')
            : trans.__('The request is sent when you send it')
        );
      }
    }
  });
  commands.addCommand(CommandIDs.copySnippet, {
    label: trans.__('Copy Request as…'),
    isEnabled: args => isUp(notebooks.stateAt(args.path as string | undefined)?.snapshot.served),
    caption: trans.__('Copy the request as a command; the token is named, never written'),
    describedBy: {
      args: { type: 'object', properties: { key: { type: 'string' }, path: { type: 'string' } } }
    },
    execute: async args => {
      const notebook = notebooks.at(args.path as string | undefined);
      if (!notebook) {
        return;
      }
      const endpoint = endpointRow(notebook, model, args.key as string | undefined)?.endpoint;
      const state = model.state(notebook.context);
      const served = state.snapshot.served;
      if (endpoint?.kind === 'http' && isUp(served)) {
        const http = httpOf(sessions.of(notebook.context), state, model.api);
        const told = Object.entries(http.variables).filter(([name]) => !isSecret(name));
        const variables = Object.fromEntries(told);
        const request = http.request(endpoint, variables);
        const url = http.targets.url(served, request);
        const missing = unset(http.draft(endpoint), variables);
        await showSnippet(view, { http, url, request, missing });
      }
    }
  });
  commands.addCommand(CommandIDs.runExamples, {
    label: trans.__('Run All Examples'),
    caption: trans.__('Send all examples of the notebook, and see which answers are as expected'),
    isEnabled: args => isUp(notebooks.stateAt(args.path as string | undefined)?.snapshot.served),
    describedBy: { args: { type: 'object', properties: { path: { type: 'string' } } } },
    execute: async args => {
      const notebook = notebooks.at(args.path as string | undefined);
      if (notebook) {
        const state = model.state(notebook.context);
        const http = httpOf(sessions.of(notebook.context), state, model.api);
        const endpoints = state.snapshot.rows.map(row => row.endpoint);
        const own = endpoints.filter(each => each.kind === 'http');
        await showVerdicts(view, http, own);
      }
    }
  });
  commands.addCommand(CommandIDs.pasteCurl, {
    label: trans.__('Paste curl Command…'),
    caption: trans.__('Fill in the request that a curl command makes'),
    describedBy: { args: { type: 'object', properties: { path: { type: 'string' } } } },
    execute: async args => {
      const notebook = notebooks.at(args.path as string | undefined);
      if (!notebook) {
        return;
      }
      const text = await askForCommand(view);
      if (!text.trim()) {
        return;
      }
      const state = model.state(notebook.context);
      const session = sessions.of(notebook.context);
      const curl = readCurl(text);
      const endpoints = state.snapshot.rows
        .map(row => row.endpoint)
        .filter((each): each is HttpEndpoint => each.kind === 'http');
      const found = curl && endpointOf(curl, endpoints);
      if (!found) {
        Notification.warning(
          curl
            ? trans.__('The notebook declares no endpoint for %1 %2.', curl.method, curl.path)
            : trans.__('That is no curl command with a URL.')
        );
        return;
      }
      const http = httpOf(session, state, model.api);
      session.show(found.endpoint.key);
      http.fill(found.endpoint, filledBy(curl, found.values, http.fields(found.endpoint)));
      say(
        curl.files.length > 0
          ? trans.__('The request is filled in; choose its files: %1', curl.files.join(', '))
          : trans.__('The request is filled in')
      );
    }
  });
}
