import 'uplot/dist/uPlot.min.css';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import { useTheme } from '../components/shell/theme.ts';
import { type StackedBarsData, type StackedBarsEvents, stackedData, stackedOptions } from './stacked-bars.ts';

interface StackedBarsProps extends StackedBarsEvents {
  readonly data: StackedBarsData;
  /** What the picture shows, for those who do not see it. */
  readonly summary: string;
}

/** Bars over time on a canvas that fills its parent. Dragging across bars asks for a zoom. */
export default function StackedBars({ data, summary, onHover, onZoom }: StackedBarsProps) {
  const root = useRef<HTMLDivElement>(null);
  const events = useRef({ onHover, onZoom });
  const theme = useTheme();

  useEffect(() => {
    events.current = { onHover, onZoom };
  });

  useEffect(() => {
    const element = root.current;
    if (!element) return;
    const size = () => ({ width: element.clientWidth, height: element.clientHeight });
    let lastHover: number | null = null;
    const plot = new uPlot(
      stackedOptions(data, size(), {
        onHover: (index) => {
          if (index === lastHover) return;
          lastHover = index;
          plot.redraw(false, false);
          events.current.onHover(index);
        },
        onZoom: (from, to) => events.current.onZoom(from, to),
      }),
      stackedData(data),
      element,
    );
    const observer = new ResizeObserver(() => plot.setSize(size()));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [data, theme]);

  return <div ref={root} className="chart-canvas" role="img" aria-label={summary} />;
}
