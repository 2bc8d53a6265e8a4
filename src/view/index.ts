export { Announcer } from './announcer';
export { SidecarPanes } from './sidecar';
export { Boundary } from './boundary';
export { acceptBrowserFiles, readFile } from './browserfiles';
export { useNow } from './clock';
export { CodeInput } from './code';
export { CommandLine } from './commandline';
export type { IViewContext } from './context';
export { CopyUrl } from './copyurl';
export { DifferenceLines, TextDifference } from './difference';
export { ExamplesView } from './examples';
export { FailureView } from './failure';
export { CollapsedSections } from './collapsed';
export { ICONS, logoIcon, pauseIcon } from './icons';
export {
  Kinds,
  samplesOf,
  type IKind,
  type IPreviewProps,
  type IRowProps,
  type ISample
} from './kind';
export { inline, markdown } from './markdown';
export { Badge, Button, CallUsage, ClientUsage, StatusLabel, Glyph, MiddleCut } from './pieces';
export { focusWhenDrawn } from './focus';
export { BoundedWidget, Pane } from './pane';
export { Line, ProblemList, type GoTo } from './problems';
export { StatusAction, statusActionOf } from './statusaction';
export { List } from './roving';
export { Section } from './section';
export { keysText, shortcutText } from './shortcut';
export { useSignals, useStats } from './signals';
export { Toolbar, destination } from './toolbar';
export * from './dates';
export * from './wording';
