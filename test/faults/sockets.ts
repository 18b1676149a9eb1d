import { spawnSync } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import type { Fault } from "./fault.ts";
import { RunningDaemon } from "./running-daemon.ts";

const MAX_MIB = 200;
/** A daemon at rest has some 30 open; fewer than with the connections that it takes at once. Node needs more to start. */
const FEW = 45;
const STATUS = { do: "status", packages: [] } as const;

export const flood: Fault = {
  name: "1,000 idle, half-open and babbling clients on the socket",
  run: async (trial) => {
    const daemon = new RunningDaemon(trial.folder());
    const clients: Socket[] = [];
    try {
      if (!(await daemon.ready())) return { kind: "ran", figure: "it did not start", passed: false };
      let unanswered = 0;
      let asked = 0;
      let mib = 0;
      for (let count = 0; count < 1000; count += 1) {
        clients.push(await client(daemon.socket, count, trial.random));
        if (count % 100 !== 99) continue;
        asked += 1;
        if ((await daemon.ask(STATUS))?.[0]?.type !== "status") unanswered += 1;
        mib = Math.max(mib, daemon.residentMib());
      }
      const figure = `${clients.length} clients, ${asked} requests, ${unanswered} unanswered, ${Math.round(mib)} MiB`;
      return { kind: "ran", figure, passed: unanswered === 0 && mib < MAX_MIB };
    } finally {
      for (const socket of clients) socket.destroy();
      await daemon.end("SIGTERM");
    }
  },
};

export const descriptors: Fault = {
  name: "out of file descriptors",
  run: async (trial) => {
    const daemon = new RunningDaemon(trial.folder());
    const clients: Socket[] = [];
    try {
      if (!(await daemon.ready())) return { kind: "ran", figure: "it did not start", passed: false };
      if (spawnSync("prlimit", ["--pid", `${daemon.child.pid}`, `--nofile=${FEW}`]).status !== 0)
        return { kind: "skipped", why: "no prlimit here" };
      for (let count = 0; count < 200; count += 1) clients.push(await client(daemon.socket, 0, trial.random));
      for (const socket of clients) socket.destroy();
      const answered = (await daemon.ask(STATUS))?.[0]?.type === "status";
      const isAlive = daemon.child.exitCode === null;
      return {
        kind: "ran",
        figure: `200 clients over ${FEW} descriptors: ${isAlive ? 0 : 1} crashes, ${answered ? "answers" : "no answer"} again`,
        passed: answered && isAlive,
      };
    } finally {
      await daemon.end("SIGTERM");
    }
  },
};

/** Every third says nothing, every third half of a request, every third random bytes. */
async function client(path: string, count: number, random: () => number): Promise<Socket> {
  const socket = connect(join(path));
  socket.on("error", () => undefined);
  socket.resume();
  await new Promise<void>((resolve) => {
    socket.once("connect", resolve);
    socket.once("close", () => resolve());
  });
  if (count % 3 === 1) socket.write('{"v":1,"request":{"do":"sta');
  if (count % 3 === 2) socket.write(randomFillSync(Buffer.alloc(1 + Math.floor(random() * 100_000))));
  return socket;
}
