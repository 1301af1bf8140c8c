import type { Dimensions } from '../../api/types.ts';
import { type Dimension, dimensionLabel, FIXED_DIMENSIONS, parseDimension } from '../../view/dimension.ts';

interface SplitByProps {
  readonly dimension: Dimension;
  readonly dimensions: Dimensions | undefined;
  readonly onChange: (dimension: Dimension) => void;
}

export function SplitBy({ dimension, dimensions, onChange }: SplitByProps) {
  const tags = new Set(Object.keys(dimensions?.tag ?? {}).map((name) => `tag:${name}` as const));
  if (dimension.startsWith('tag:')) tags.add(dimension as `tag:${string}`);
  return (
    <label className="split-by">
      <span>Split by</span>
      <select
        value={dimension}
        onChange={(event) => {
          const chosen = parseDimension(event.target.value);
          if (chosen) onChange(chosen);
        }}
      >
        {FIXED_DIMENSIONS.map((one) => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
        {tags.size > 0 && (
          <optgroup label="Tags">
            {[...tags].map((tag) => (
              <option key={tag} value={tag}>
                {dimensionLabel(tag)}
              </option>
            ))}
          </optgroup>
        )}
      </select>
    </label>
  );
}
