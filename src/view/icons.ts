/**
 * Our icons, `jp-icon3` lets the theme colour them; and which one stands for which action.
 */
import {
  LabIcon,
  codeIcon,
  copyIcon,
  launchIcon,
  runIcon,
  saveIcon,
  stopIcon
} from '@jupyterlab/ui-components';

/** Two shells and a core. */
export const logoIcon = new LabIcon({
  name: 'neutrino-lab:logo',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 24 24">
  <g class="jp-icon3" stroke="#616161" stroke-width="1.8">
    <ellipse fill="none" cx="12" cy="12" rx="10" ry="4.2" transform="rotate(-35 12 12)"/>
    <ellipse fill="none" cx="12" cy="12" rx="10" ry="4.2" transform="rotate(35 12 12)"/>
  </g>
  <circle class="jp-icon3" cx="12" cy="12" r="2.4" fill="#616161"/>
</svg>`
});

/** A clock that rests. */
export const pauseIcon = new LabIcon({
  name: 'neutrino-lab:pause',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 24 24">
  <path class="jp-icon3" fill="#616161" d="M6 5h4v14H6zM14 5h4v14h-4z"/>
</svg>`
});

/** A box that something leaves. */
const exportIcon = new LabIcon({
  name: 'neutrino-lab:export',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 24 24">
  <path class="jp-icon3" fill="#616161" d="M11 4.8 8.4 7.4 7 6l5-5 5 5-1.4 1.4L13 4.8V15h-2zM4 9h4v2H6v9h12v-9h-2V9h4v13H4z"/>
</svg>`
});

/** One icon for one action, wherever it is offered. */
export const ICONS = {
  serve: runIcon,
  stop: stopIcon,
  save: saveIcon,
  docs: launchIcon,
  copy: copyIcon,
  export: exportIcon,
  cell: codeIcon
} as const;
