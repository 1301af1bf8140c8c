/** [rows, kvHeads, bytes] as [kvHeads, rows, bytes], and with the two counts swapped, back again. */
export function swapOuter(from: usize, to: usize, rows: i32, columns: i32, bytes: i32): void {
  for (let column = 0; column < columns; column++)
    for (let row = 0; row < rows; row++, to += bytes)
      memory.copy(to, from + <usize>(row * columns + column) * bytes, bytes);
}

/** Rows of `pitch` bytes brought together so that `bytes` of each remain, in place. */
export function narrow(at: usize, count: i32, pitch: i32, bytes: i32): void {
  let to = at;
  for (; count > 0; count--, at += pitch, to += bytes) memory.copy(to, at, bytes);
}

/** What partial attention over nothing is: m = −∞, e = 0. */
export function clear(m: usize, e: usize, count: i32, o: usize, width: i32): void {
  for (let i = 0; i < count; i++, m += 4) store<f32>(m, -Infinity);
  memory.fill(e, 0, count << 2);
  memory.fill(o, 0, count * width * 4);
}
