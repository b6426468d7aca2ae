/**
 * The first `limit` of the numbers below `count` by that order, sorted. A heap holds those found so
 * far with the last of them on top, so that millions cost little more than a look at each.
 */
export function firstOf(
  count: number,
  limit: number,
  compare: (one: number, other: number) => number,
  isWanted: (number: number) => boolean,
): Int32Array {
  const heap = new Int32Array(Math.min(count, limit));
  let size = 0;
  for (let number = 0; number < count; number++) {
    if (!isWanted(number)) continue;
    if (size < heap.length) {
      heap[size] = number;
      rise(heap, size++, compare);
    } else if (size > 0 && compare(number, item(heap, 0)) < 0) {
      heap[0] = number;
      sink(heap, compare);
    }
  }
  return heap.subarray(0, size).sort(compare);
}

type Compare = (one: number, other: number) => number;

function rise(heap: Int32Array, from: number, compare: Compare): void {
  for (let at = from; at > 0; ) {
    const parent = (at - 1) >> 1;
    if (compare(item(heap, at), item(heap, parent)) <= 0) return;
    swap(heap, at, parent);
    at = parent;
  }
}

/** The heap is full whenever its top is replaced. */
function sink(heap: Int32Array, compare: Compare): void {
  for (let at = 0; ; ) {
    let last = at;
    for (const child of [2 * at + 1, 2 * at + 2]) {
      if (child < heap.length && compare(item(heap, child), item(heap, last)) > 0) last = child;
    }
    if (last === at) return;
    swap(heap, at, last);
    at = last;
  }
}

function swap(heap: Int32Array, one: number, other: number): void {
  const held = item(heap, one);
  heap[one] = item(heap, other);
  heap[other] = held;
}

const item = (heap: Int32Array, at: number): number => heap[at] as number;
