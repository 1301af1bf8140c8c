import { REST } from '../view/dimension.ts';

/** The colour of a group: by its rank, so that the chart, the legend and the table agree. */
export function seriesColor(ranked: readonly (string | null)[], value: string | null): string {
  const rank = ranked.indexOf(value);
  return rank < 0 || value === REST ? 'var(--series-other)' : `var(--series-${rank + 1})`;
}

/** What a CSS colour is at this moment: a canvas knows neither variables nor themes. */
export function resolveColor(css: string): string {
  const probe = document.createElement('span');
  probe.style.color = css;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
