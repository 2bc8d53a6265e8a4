/**
 * Our icons; `jp-icon3` lets the theme colour them.
 */
import { LabIcon } from '@jupyterlab/ui-components';

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
