#!/usr/bin/env node
import { keepHeapSmall } from "./small-heap.ts";

process.umask(0o077);
// Before the libraries are loaded: what the young generation grows to meanwhile, it keeps.
keepHeapSmall();
const { main } = await import("./tofud-main.ts");
// A request that was given up at the end must not hold the process.
process.exit(await main(process.argv.slice(2)));
