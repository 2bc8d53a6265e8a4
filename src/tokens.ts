/**
 * What the plugins give each other.
 */
import { Token } from '@lumino/coreutils';
import type { NeutrinoModel } from './model';
import type { KernelSessions } from './sessions';
import type { IViewContext } from './view';

/** The model behind everything. */
export type INeutrinoModel = NeutrinoModel;

export const INeutrinoModel = new Token<INeutrinoModel>(
  'neutrino-lab:INeutrinoModel',
  'The served notebooks and what the open notebooks declare.'
);

/** Model, commands and language, together as the views take them. */
export type INeutrinoView = IViewContext;

export const INeutrinoView = new Token<INeutrinoView>(
  'neutrino-lab:INeutrinoView',
  'What the views of Neutrino Lab are drawn from; asking for it makes sure the commands exist.'
);

/** The user's sessions on the server. */
export type INeutrinoSessions = KernelSessions;

export const INeutrinoSessions = new Token<INeutrinoSessions>(
  'neutrino-lab:INeutrinoSessions',
  'The sessions in which code of models, people and programs runs.'
);
