/**
 * What can be done with a request besides sending it: reset it, tell it as a command, read it from
 * one.
 */
import { Notification } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { CommandIDs } from '../../commandids';
import { pathOf, withArgs } from '../../commands/availability';
import { located, type ILocated } from '../../commands/locate';
import { isUp, type NotebookState } from '../../model';
import {
  endpointOf,
  filledBy,
  httpOf,
  isSecret,
  readCurl,
  unset,
  type HttpPreview
} from '../../model/preview';
import type { Endpoint } from '../../protocol';
import type { IViewContext } from '../../view';
import { askForCommand, showSnippet } from './view/copying';
import { showVerdicts } from './view/verdicts';

/** Register the commands about a request. */
export function registerRequests(view: IViewContext): void {
  const { commands, model, notebooks, sessions, trans, say } = view;
  const string = { type: 'string' };
  const isServed = (args: ReadonlyPartialJSONObject): boolean =>
    isUp(notebooks.stateAt(pathOf(args))?.snapshot.served);
  commands.addCommand(CommandIDs.resetRequest, {
    label: trans.__('Reset the Request'),
    caption: trans.__('Fill in the first values again'),
    describedBy: withArgs({ key: string, path: string }),
    execute: args => {
      const found = requestAt(view, args);
      if (found) {
        found.http.fill(found.endpoint, null);
        say(trans.__('The first values are filled in again'));
      }
    }
  });
  commands.addCommand(CommandIDs.sendOnChange, {
    label: trans.__('Send on Change'),
    caption: trans.__('Send the request whenever a value changes'),
    describedBy: withArgs({ key: string, path: string }),
    isToggleable: true,
    isToggled: args => {
      const found = requestAt(view, args);
      return found?.http.sendsOnChange(found.endpoint) ?? false;
    },
    execute: args => {
      const found = requestAt(view, args);
      if (found) {
        const { http, endpoint } = found;
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
    isEnabled: isServed,
    caption: trans.__('Copy the request as a command; the token is named, never written'),
    describedBy: withArgs({ key: string, path: string }),
    execute: async args => {
      const found = requestAt(view, args);
      const served = found?.state.snapshot.served;
      if (found && isUp(served)) {
        const { http, endpoint } = found;
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
    isEnabled: isServed,
    describedBy: withArgs({ path: string }),
    execute: async args => {
      const notebook = notebooks.at(pathOf(args));
      if (notebook) {
        const state = model.state(notebook.context);
        await showVerdicts(view, httpIn(view, notebook), endpointsOf(state));
      }
    }
  });
  commands.addCommand(CommandIDs.pasteCurl, {
    label: trans.__('Paste curl Command…'),
    caption: trans.__('Fill in the request that a curl command makes'),
    describedBy: withArgs({ path: string }),
    execute: async args => {
      const notebook = notebooks.at(pathOf(args));
      if (!notebook) {
        return;
      }
      const command = await askForCommand(view);
      if (!command.trim()) {
        return;
      }
      const curl = readCurl(command);
      const found = curl && endpointOf(curl, endpointsOf(model.state(notebook.context)));
      if (!found) {
        Notification.warning(
          curl
            ? trans.__('The notebook declares no endpoint for %1 %2.', curl.method, curl.path)
            : trans.__('That is no curl command with a URL.')
        );
        return;
      }
      const http = httpIn(view, notebook);
      sessions.of(notebook.context).show(found.endpoint.key);
      http.fill(found.endpoint, filledBy(curl, found.values, http.fields(found.endpoint)));
      say(
        curl.files.length > 0
          ? trans.__('The request is filled in; choose its files: %1', curl.files.join(', '))
          : trans.__('The request is filled in')
      );
    }
  });
}

function endpointsOf({ snapshot }: NotebookState): readonly Endpoint[] {
  return snapshot.rows.map(row => row.endpoint).filter(each => each.kind === 'http');
}

function httpIn({ model, sessions }: IViewContext, { context }: NotebookPanel): HttpPreview {
  return httpOf(sessions.of(context), model.state(context), model.api);
}

/** An endpoint, and what is filled in for it and sent. */
interface IRequest extends ILocated {
  readonly endpoint: Endpoint;
  readonly http: HttpPreview;
}

/** The request that a command is about; null where the endpoint is none of HTTP. */
function requestAt(view: IViewContext, args: ReadonlyPartialJSONObject): IRequest | null {
  const found = located(view, args, 'http');
  return found && { ...found, endpoint: found.row.endpoint, http: httpIn(view, found.panel) };
}
