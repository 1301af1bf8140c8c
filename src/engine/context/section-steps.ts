/**
 * How finely a section's channels are kept: a step for each run of `headDim` channels (a head's keys or values), and for keys
 * how much finer or coarser each pair of channels is that turns together (w and w + headDim / 2).
 *
 *     steps    float32 for each run
 *     pairs    int8 for each pair of the first half of the runs, which are keys: quarter octaves above the run's step
 */
export interface SectionSteps {
  readonly runs: readonly number[];
  readonly pairs: Int8Array;
}

export const PER_OCTAVE = 4;

export function pairsOf(headDim: number): number {
  return Math.ceil(headDim / 2);
}

export function stepBytes(channels: number, headDim: number): number {
  const runs = channels / headDim;
  return 4 * runs + Math.floor(runs / 2) * pairsOf(headDim);
}

export function putSteps(out: DataView, { runs, pairs }: SectionSteps): void {
  runs.forEach((step, i) => out.setFloat32(4 * i, step, true));
  pairs.forEach((each, i) => out.setInt8(4 * runs.length + i, each));
}

/** Of each channel. */
export function takeSteps(from: DataView, channels: number, headDim: number): Float32Array {
  const runs = channels / headDim;
  const perRun = pairsOf(headDim);
  const keys = Math.floor(runs / 2) * headDim;
  return Float32Array.from({ length: channels }, (_, channel) => {
    const run = Math.floor(channel / headDim);
    const step = from.getFloat32(4 * run, true);
    if (channel >= keys) return step;
    return step * 2 ** (from.getInt8(4 * runs + run * perRun + (channel % perRun)) / PER_OCTAVE);
  });
}
