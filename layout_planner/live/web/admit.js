// Admission in order of distance, as assignment/overflow.py does it. No page, no state.

const late = (minutes) => (Number.isNaN(minutes) ? Infinity : minutes);
const earlier = (a, b) =>
  late(a.minutes) - late(b.minutes) || a.child.grade - b.child.grade || a.child.place - b.child.place || a.row - b.row;

function push(heap, item) {
  let k = heap.push(item) - 1;
  while (k > 0) {
    const up = (k - 1) >> 1;
    if (earlier(heap[up], item) <= 0) break;
    heap[k] = heap[up];
    k = up;
  }
  heap[k] = item;
}

function pop(heap) {
  const top = heap[0],
    item = heap.pop();
  if (!heap.length) return top;
  let k = 0;
  for (;;) {
    let down = 2 * k + 1;
    if (down >= heap.length) break;
    if (down + 1 < heap.length && earlier(heap[down + 1], heap[down]) < 0) down++;
    if (earlier(item, heap[down]) <= 0) break;
    heap[k] = heap[down];
    k = down;
  }
  heap[k] = item;
  return top;
}

// Every child asks at the nearest school; nearer children come first; who finds no seat asks at the next. `queueOf`
// gives the ways to ask along: {site, minutes, metres}, nearest first. What is left over keeps its pupils.
function admit(children, free, queueOf) {
  const heap = [],
    taken = [];
  children.forEach((one, row) => {
    const queue = queueOf(one);
    if (queue.length && one.pupils > 0) push(heap, { minutes: queue[0].minutes, child: one, row, queue, step: 0 });
  });
  while (heap.length) {
    const item = pop(heap),
      { child: one, queue, step } = item;
    const { site } = queue[step],
      room = free[site];
    const goes = Math.min(one.pupils, one.pupils % 1 || room === Infinity ? room : Math.floor(room + 1e-9));
    if (goes > 0) {
      free[site] -= goes;
      taken.push({ ...one, ...queue[step], pupils: goes });
      one.pupils -= goes;
    }
    if (one.pupils > 1e-9 && step + 1 < queue.length)
      push(heap, { ...item, minutes: queue[step + 1].minutes, step: step + 1 });
  }
  return taken;
}

export { admit };
