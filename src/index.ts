/**
 * The list of plugins.
 */
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { askPlugin } from './plugins/ask';
import { commandsPlugin } from './plugins/commands';
import { completionPlugin } from './plugins/completion';
import { exportPlugin } from './plugins/export';
import { generatePlugin } from './plugins/generate';
import { highlightPlugin } from './plugins/highlight';
import { launcherPlugin } from './plugins/launcher';
import { lensPlugin } from './plugins/lens';
import { modelPlugin } from './plugins/model';
import { panelPlugin } from './plugins/panel';
import { previewPlugin } from './plugins/preview';
import { runningPlugin } from './plugins/running';
import { sessionPlugin } from './plugins/session';
import { sessionsPlugin } from './plugins/sessions';
import { statusPlugin } from './plugins/status';
import { toolbarPlugin } from './plugins/toolbar';

export * from './tokens';

const plugins: JupyterFrontEndPlugin<unknown>[] = [
  modelPlugin,
  commandsPlugin,
  toolbarPlugin,
  panelPlugin,
  lensPlugin,
  highlightPlugin,
  completionPlugin,
  launcherPlugin,
  previewPlugin,
  exportPlugin,
  generatePlugin,
  askPlugin,
  sessionPlugin,
  statusPlugin,
  runningPlugin,
  sessionsPlugin
];

// The loader of extensions takes the default export.
export default plugins;
