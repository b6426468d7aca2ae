/** Lines behind a row, which is among them. */
export function after(lines: Int32Array, row: number): Int32Array {
  let [low, high] = [0, lines.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((lines[middle] as number) > row) high = middle;
    else low = middle + 1;
  }
  return lines.subarray(low);
}
