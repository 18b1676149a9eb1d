import { getHeapSpaceStatistics } from "node:v8";
import { HashWorkers } from "../../daemon/evidence/hash-workers.ts";
import { keepHeapSmall } from "../../daemon/small-heap.ts";

// Says how large V8's young generation becomes, with and without what the daemon does about it.
const MIB: number = 1 << 20;
const onStart = process.argv[2] === "small" ? keepHeapSmall : (): void => undefined;
onStart();
await new Promise<void>((resolve) => {
  const held = setInterval(() => undefined, 1000);
  const workers = new HashWorkers({
    maxWorkers: 1,
    onStart: () => {
      onStart();
      // An idle worker holds no process.
      clearInterval(held);
      void workers.close().then(resolve);
    },
  });
});
let alive: unknown[] = [];
for (let n = 0; n < 3_000_000; n += 1) {
  alive.push({ n, more: [n] });
  if (alive.length > 60_000) alive = [];
}
const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space");
process.stdout.write(`${(young?.space_size ?? 0) / MIB}\n`);
