/**
 * The newest values in and out, drawn by uPlot, in the colours of the theme.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type uPlot from 'uplot';
import type { ISeries } from '../model';

const HEIGHT = 180;
const DASH = [5, 4];
// Ticks and gaps of an axis, and a digit of its labels, in pixels.
const AXIS_WIDTH = 20;
const CHARACTER_WIDTH = 8;

interface IChartProps {
  readonly series: ISeries;
  readonly trans: TranslationBundle;
}

/** Both lines over time; that of values in is dashed, with its scale at the right. */
export function Chart({ series, trans }: IChartProps): JSX.Element {
  const place = React.useRef<HTMLDivElement>(null);
  const draw = React.useRef<((series: ISeries) => void) | null>(null);
  const newest = React.useRef(series);
  newest.current = series;

  React.useEffect(() => {
    const node = place.current;
    let isGone = false;
    let made: uPlot | null = null;
    let observer: ResizeObserver | null = null;
    // JupyterLab names its theme there once that is loaded.
    const themes = new MutationObserver(() => made?.redraw());
    themes.observe(document.body, { attributeFilter: ['data-jp-theme-name'] });
    // Loaded when the first chart is drawn: a page without streams does not wait for it.
    void import('uplot').then(({ default: UPlot }) => {
      if (isGone || !node) {
        return;
      }
      const plot = new UPlot(options(node, trans), data(UPlot, newest.current), node);
      made = plot;
      draw.current = series => plot.setData(data(UPlot, series));
      observer = new ResizeObserver(() =>
        plot.setSize({ width: Math.max(node.clientWidth, 1), height: HEIGHT })
      );
      observer.observe(node);
    });
    return () => {
      isGone = true;
      themes.disconnect();
      observer?.disconnect();
      made?.destroy();
      draw.current = null;
    };
  }, [trans]);

  React.useEffect(() => draw.current?.(series), [series]);

  return (
    <div
      ref={place}
      className="nl-Chart"
      role="img"
      aria-label={trans.__(
        'Values over time. The newest in: %1, out: %2',
        last(series.into.numbers),
        last(series.out.numbers)
      )}
    />
  );
}

function last(numbers: readonly number[]): string {
  const number = numbers[numbers.length - 1];
  return number === undefined ? '–' : String(number);
}

function data(plot: typeof uPlot, { into, out }: ISeries): uPlot.AlignedData {
  const tables = [into, out].map(({ times, numbers }): uPlot.AlignedData => [
    [...times],
    [...numbers]
  ]);
  return plot.join(tables);
}

/** How wide an axis has to be for its labels. */
function widthOf(_: uPlot, labels: readonly string[] | null): number {
  const longest = Math.max(0, ...(labels ?? []).map(each => each.length));
  return AXIS_WIDTH + longest * CHARACTER_WIDTH;
}

/** Colours are looked up whenever it is drawn, which it is when the theme has changed, too. */
function options(node: HTMLElement, trans: TranslationBundle): uPlot.Options {
  const colour = (name: string) => () => getComputedStyle(node).getPropertyValue(name).trim();
  const axis = {
    stroke: colour('--jp-ui-font-color1'),
    grid: { stroke: colour('--jp-border-color2'), width: 1 },
    ticks: { stroke: colour('--jp-border-color2'), width: 1 }
  };
  return {
    width: Math.max(node.clientWidth, 1),
    height: HEIGHT,
    legend: { show: false },
    cursor: { drag: { x: false, y: false } },
    // Each has a scale of its own: what goes in may be of another order than what comes out.
    axes: [
      axis,
      { ...axis, scale: 'out', size: widthOf },
      {
        ...axis,
        scale: 'in',
        side: 1,
        size: widthOf,
        stroke: colour('--nl-info'),
        grid: { show: false }
      }
    ],
    series: [
      {},
      {
        label: trans.__('in'),
        scale: 'in',
        stroke: colour('--nl-info'),
        width: 1.5,
        dash: DASH,
        spanGaps: true
      },
      {
        label: trans.__('out'),
        scale: 'out',
        stroke: colour('--nl-post'),
        width: 2,
        spanGaps: true
      }
    ]
  };
}
