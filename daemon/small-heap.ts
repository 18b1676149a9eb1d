import { setFlagsFromString } from "node:v8";

/**
 * Tells V8 to spend a little work on staying small. Its young generation begins with 2 MiB and would grow to 32, and its
 * old one is let grow to several times what is alive, some 18 MiB here; docs/performance.md has what was measured.
 *
 * Both numbers are read whenever something was collected. Starting a thread puts the first of them back to what it was,
 * in the whole process (V8's Heap::ConfigureHeap): so this is to be called again after each.
 */
export function keepHeapSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
  setFlagsFromString("--heap-growing-percent=30");
}
