/**
 * The panel at the right.
 */
import type { IStateDB } from '@jupyterlab/statedb';
import type { ITranslator } from '@jupyterlab/translation';
import { SidePanel } from '@jupyterlab/ui-components';
import { Panel } from '@lumino/widgets';
import * as React from 'react';
import type { KernelSessions } from '../sessions';
import { BoundedWidget, CollapsedSections, logoIcon, type IViewContext } from '../view';
import { PanelBody } from './body';

/** Follows the notebook in front. */
export class NeutrinoPanel extends SidePanel {
  constructor(
    view: IViewContext,
    sessions: KernelSessions | null,
    storage: IStateDB | null,
    translator: ITranslator
  ) {
    super({ content: new Panel(), translator });
    const { trans } = view;
    this.id = 'neutrino-lab-panel';
    this.addClass('nl-Panel');
    this.content.node.setAttribute('aria-label', trans.__('Neutrino Lab'));
    this.title.icon = logoIcon;
    this.title.caption = trans.__('Neutrino Lab');
    this.title.dataset = { ...this.title.dataset, jpTabLabel: trans.__('Neutrino Lab') };
    const collapsed = new CollapsedSections(storage, 'neutrino-lab:folds');
    const body = BoundedWidget.of(
      view,
      <PanelBody view={view} sessions={sessions} collapsed={collapsed} />
    );
    body.addClass('nl-Panel-body');
    this.addWidget(body);
  }

  /** Move the focus to the first thing one can press. */
  focusFirst(): void {
    this.node.querySelector<HTMLElement>('button, input')?.focus();
  }
}
