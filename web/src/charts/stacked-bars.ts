import uPlot from 'uplot';
import { formatUsdTicks } from '../format/money.ts';
import { formatClockMinutes, formatDayShort } from '../format/time.ts';
import { resolveColor } from './palette.ts';

export interface StackedBarsData {
  readonly startsMs: readonly number[];
  readonly lengthMs: number;
  /** Bottom first; values in dollars as floats, for the heights. */
  readonly series: readonly {
    readonly label: string;
    readonly color: string;
    readonly values: readonly number[];
  }[];
}

export interface StackedBarsEvents {
  readonly onHover: (index: number | null) => void;
  readonly onZoom: (fromMs: number, toMs: number) => void;
}

const DAY_MS = 86_400_000;
const FONT = '12px system-ui, sans-serif';

/**
 * Cumulated from the bottom, and what is negative from the line downwards: the outermost series first, since uPlot
 * paints later series over earlier ones.
 */
export function stackedData({ startsMs, series }: StackedBarsData): uPlot.AlignedData {
  const [above, below] = [startsMs.map(() => 0), startsMs.map(() => 0)];
  const stacks = series.map(({ values }) =>
    values.map((value, index) => {
      const stack = value < 0 ? below : above;
      return (stack[index] = (stack[index] ?? 0) + value);
    }),
  );
  return [startsMs.map((ms) => ms / 1000), ...stacks.reverse()];
}

export function stackedOptions(
  data: StackedBarsData,
  size: { readonly width: number; readonly height: number },
  events: StackedBarsEvents,
): uPlot.Options {
  const { startsMs, lengthMs, series } = data;
  const paths = uPlot.paths.bars?.({ size: [0.82, 96], align: 1, radius: 0 });
  const [ink, line, band] = ['var(--ink-3)', 'var(--line)', 'var(--sunken)'].map(resolveColor);
  const first = (startsMs[0] ?? 0) / 1000;
  const end = ((startsMs.at(-1) ?? 0) + lengthMs) / 1000;
  const axis = { stroke: ink ?? '', font: FONT, ticks: { show: false } };
  return {
    ...size,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    scales: {
      x: { time: true, range: [first, end] },
      y: {
        range: (_, least, most) => [Math.min(0, least * 1.08), most > 0 ? most * 1.08 : least < 0 ? 0 : 1],
      },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 28,
        space: 84,
        splits: (_, __, from, to) => timeSplits(from, to, lengthMs, size.width),
        values: (_, splits) => splits.map((at) => timeLabel(at * 1000, lengthMs)),
      },
      {
        ...axis,
        grid: { stroke: line ?? '', width: 1 },
        size: 58,
        gap: 8,
        space: 38,
        values: (_, splits) => [...formatUsdTicks(splits)],
      },
    ],
    series: [
      {},
      ...series
        .map(({ label, color }) => ({
          label,
          fill: resolveColor(color),
          width: 0,
          points: { show: false },
          ...(paths && { paths }),
        }))
        .reverse(),
    ],
    cursor: {
      y: false,
      x: false,
      points: { show: false },
      drag: { x: true, y: false, setScale: false },
    },
    hooks: {
      setCursor: [(plot) => events.onHover(hoveredBar(plot, data))],
      drawClear: [
        (plot) => {
          const index = hoveredBar(plot, data);
          if (index !== null) paintBand(plot, index, lengthMs, band ?? '');
        },
      ],
      setSelect: [
        (plot) => {
          const { left, width } = plot.select;
          if (width < 8) return;
          const from = snap(plot.posToVal(left, 'x') * 1000, startsMs, lengthMs, 'start');
          const to = snap(plot.posToVal(left + width, 'x') * 1000, startsMs, lengthMs, 'end');
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          events.onZoom(from, to);
        },
      ],
    },
  };
}

/** The bar under the pointer, not the one whose start is nearest. */
function hoveredBar(plot: uPlot, { startsMs, lengthMs }: StackedBarsData): number | null {
  const { left } = plot.cursor;
  if (left === undefined || left < 0) return null;
  const bar = Math.floor((plot.posToVal(left, 'x') * 1000 - (startsMs[0] ?? 0)) / lengthMs);
  return bar >= 0 && bar < startsMs.length ? bar : null;
}

function paintBand(plot: uPlot, index: number, lengthMs: number, color: string): void {
  const start = plot.data[0]?.[index];
  if (start === undefined) return;
  const left = plot.valToPos(start, 'x', true);
  const right = plot.valToPos(start + lengthMs / 1000, 'x', true);
  plot.ctx.fillStyle = color;
  plot.ctx.fillRect(left, plot.bbox.top, right - left, plot.bbox.height);
}

/** A zoom always takes whole bars. */
function snap(ms: number, startsMs: readonly number[], lengthMs: number, edge: 'start' | 'end'): number {
  const first = startsMs[0] ?? 0;
  const bars = (ms - first) / lengthMs;
  return first + (edge === 'start' ? Math.floor(bars) : Math.ceil(bars)) * lengthMs;
}

const MINUTE_MS = 60_000;
/** A label nearer to an end than this would be cut off, or stand in the other axis. */
const LABEL_ROOM_PX = 20;
const STEPS_MS = [
  ...[5, 10, 15, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2, 3, 6, 12, 24, 48, 7 * 24, 14 * 24, 28 * 24].map((hours) => hours * 60 * MINUTE_MS),
];

/** Ticks at round local hours or at UTC days, as many as there is room for. */
function timeSplits(from: number, to: number, lengthMs: number, width: number): number[] {
  const room = Math.max(2, Math.floor(width / 92));
  const span = (to - from) * 1000;
  const step = STEPS_MS.find((ms) => ms >= lengthMs && span / ms <= room) ?? span / room;
  const zone = lengthMs >= DAY_MS ? 0 : new Date(from * 1000).getTimezoneOffset() * MINUTE_MS;
  const margin = (span / width) * LABEL_ROOM_PX;
  const splits: number[] = [];
  for (
    let at = Math.ceil((from * 1000 + margin - zone) / step) * step + zone;
    at <= to * 1000 - margin;
    at += step
  )
    splits.push(at / 1000);
  return splits;
}

function timeLabel(ms: number, lengthMs: number): string {
  if (lengthMs >= DAY_MS) return formatDayShort(ms, 'utc');
  const at = new Date(ms);
  return at.getHours() === 0 && at.getMinutes() === 0 ? formatDayShort(ms, 'local') : formatClockMinutes(ms);
}
