/**
 * The model: talks to the server part, follows the open notebooks, reads the settings.
 */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { listen, NeutrinoClient } from '../api';
import { Exports, NeutrinoModel, Preferences, Reconnection, ServedNotebooks } from '../model';
import type { ServedEvent } from '../protocol';
import { INeutrinoModel } from '../tokens';

const ID = 'neutrino-lab:model';

/** Provides the model. */
export const modelPlugin: JupyterFrontEndPlugin<INeutrinoModel> = {
  id: ID,
  description: 'Follows the open notebooks, what they declare and what of it is served.',
  autoStart: true,
  provides: INeutrinoModel,
  requires: [INotebookTracker],
  optional: [ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    registry: ISettingRegistry | null
  ): INeutrinoModel => {
    const { serviceManager } = app;
    const { contents, events, serverSettings } = serviceManager;
    const api = new NeutrinoClient(serverSettings);
    const source = {
      api,
      listen: (listener: (event: ServedEvent) => void) => listen(events, listener)
    };
    const served = new ServedNotebooks(source);
    const preferences = new Preferences();
    const model = new NeutrinoModel({
      tracker,
      api,
      served,
      exports: new Exports({ ...source, preferences }),
      preferences,
      localPath: path => contents.localPath(path)
    });
    void served.refresh();
    void follow(registry, preferences);
    model.own(
      new Reconnection({ failed: serviceManager.connectionFailure, ask: () => model.reconnect() })
    );
    return model;
  }
};

async function follow(registry: ISettingRegistry | null, preferences: Preferences): Promise<void> {
  const settings = await registry?.load(ID).catch(() => null);
  if (!settings) {
    return;
  }
  const read = (): void => preferences.update({ ...settings.composite });
  settings.changed.connect(read);
  read();
  preferences.connect((name, value) => settings.set(name, value));
}
