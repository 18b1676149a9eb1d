import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Answer, EventLine, StatusLine } from "../../daemon/protocol/answer.ts";
import { askDaemon } from "../../daemon/protocol/client.ts";
import type { JudgementLine } from "../../daemon/protocol/judgement-line.ts";
import type { Request } from "../../daemon/protocol/request.ts";
import { TOFUD } from "../checks/places.ts";
import { openGpgPlace } from "../evidence/gpg.ts";

export interface Signed {
  readonly name: string;
  readonly bytes: Buffer;
  readonly signature: Buffer;
}

/** A releaser with a real key: files of any name, with real signatures. */
export interface Releaser {
  readonly fingerprint: string;
  /** The certificate, which has to lie beside the files. */
  readonly certificate: Buffer;
  readonly sign: (name: string, content: string) => Signed;
}

/** Real keys, made once for a test file. */
export function openReleasers<const N extends string>(
  ...names: readonly N[]
): { readonly by: Readonly<Record<N, Releaser>>; readonly close: () => void } {
  const place = openGpgPlace();
  const entries = names.map((name) => {
    const fingerprint = place.makeKey(`${name} <${name}@releasers.example>`);
    const sign = (file: string, content: string): Signed => {
      const bytes = Buffer.from(content);
      const path = place.write("to-sign", bytes);
      rmSync(`${path}.asc`, { force: true });
      place.gpg("--armor", "--detach-sign", "--local-user", fingerprint, path);
      return { name: file, bytes, signature: readFileSync(`${path}.asc`) };
    };
    return [name, { fingerprint, certificate: place.gpg("--armor", "--export", fingerprint), sign }];
  });
  // Every name got its entry just above.
  return { by: Object.fromEntries(entries) as Record<N, Releaser>, close: () => place.close() };
}

export interface Scene {
  readonly home: string;
  /** The watched folder. */
  readonly inbox: string;
  readonly store: string;
  readonly env: NodeJS.ProcessEnv;
  readonly socket: string;
  /** Lines that the stand-in for notify-send was called with, one per call, arguments divided by tabs. */
  readonly notifications: () => readonly string[];
  readonly configure: (toml: string) => void;
  readonly start: () => Promise<RunningTofud>;
}

/** A home with a watched folder and a notify-send of its own. */
export function openScene(t: TestContext, toml?: string): Scene {
  const home = mkdtempSync(join(tmpdir(), "tofu-watch-"));
  const started: RunningTofud[] = [];
  t.after(async () => {
    // One that still runs may note something down while its folder is being removed.
    for (const tofud of started) await tofud.kill();
    rmSync(home, { recursive: true, force: true });
  });
  const inbox = join(home, "inbox");
  const told = join(home, "notified");
  for (const folder of ["inbox", "bin", "config/tofu", "run"]) mkdirSync(join(home, folder), { recursive: true });
  chmodSync(join(home, "run"), 0o700);
  writeFileSync(join(home, "bin", "notify-send"), `#!/bin/sh\nIFS='\t'\nprintf '%s\\n' "$*" >> ${told}\n`, {
    mode: 0o755,
  });
  const env = {
    PATH: `${join(home, "bin")}:${process.env["PATH"]}`,
    HOME: home,
    GNUPGHOME: join(home, "no-keyring"),
    XDG_RUNTIME_DIR: join(home, "run"),
    XDG_STATE_HOME: join(home, "state"),
    XDG_CONFIG_HOME: join(home, "config"),
  };
  const configure = (text: string): void => writeFileSync(join(home, "config/tofu/config.toml"), text, { mode: 0o600 });
  configure(toml ?? `[watch]\nfolders = ["~/inbox"]\n`);
  const scene: Scene = {
    home,
    inbox,
    env,
    store: join(home, "state/tofu/store"),
    socket: join(home, "run/tofu/socket"),
    configure,
    notifications: () => (existsSync(told) ? readFileSync(told, "utf8").trimEnd().split("\n") : []),
    start: async () => {
      const tofud = new RunningTofud(scene);
      started.push(tofud);
      await tofud.until(() => tofud.stdout.includes("\n"));
      return tofud;
    },
  };
  return scene;
}

interface LogEntry {
  readonly msg: string;
  readonly path?: string;
  readonly verdict?: string;
}

/** A real daemon, with everything it has said. */
export class RunningTofud {
  readonly scene: Scene;
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  stdout = "";
  readonly log: LogEntry[] = [];
  /** What the daemon judged, in order: file name and verdict. */
  readonly judged: string[] = [];
  #stderr = "";
  #more: () => void = () => undefined;

  constructor(scene: Scene) {
    this.scene = scene;
    this.child = spawn(process.execPath, [TOFUD, "--log-level", "debug"], {
      env: scene.env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
      this.#more();
    });
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
      this.#readLog();
      this.#more();
    });
    this.ended = new Promise((resolve) => this.child.once("close", (code) => resolve(code)));
  }

  #readLog(): void {
    const lines = this.#stderr.split("\n");
    this.#stderr = lines.pop() ?? "";
    for (const line of lines) {
      const entry = JSON.parse(line) as LogEntry;
      this.log.push(entry);
      const { msg, path = "", verdict } = entry;
      if (msg === "judged") this.judged.push(`${path.slice(path.lastIndexOf("/") + 1)} ${verdict}`);
    }
  }

  /** Waits for output until a condition holds; ends with the daemon. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      const more = new Promise<"more">((resolve) => {
        this.#more = () => resolve("more");
      });
      const what = await Promise.race([more, this.ended.then(() => "over" as const)]);
      if (what === "over" && !holds()) assert.fail(`${this.stdout}\n${JSON.stringify(this.log)}\n${this.#stderr}`);
    }
  }

  /** Waits until so many files were judged. */
  async untilJudged(count: number): Promise<readonly string[]> {
    await this.until(() => this.judged.length >= count);
    return this.judged;
  }

  async untilLogged(event: string, path?: string, times = 1): Promise<void> {
    await this.until(
      () =>
        this.log.filter((entry) => entry.msg === event && (path === undefined || entry.path === path)).length >= times,
    );
  }

  async ask(request: Request): Promise<readonly Answer[]> {
    const told: Answer[] = [];
    const tell = (answer: Answer): void => void told.push(answer);
    await askDaemon({ socketPath: this.scene.socket, request, tell, connectTimeoutMs: 10_000 });
    return told;
  }

  async status(): Promise<StatusLine> {
    const [answer] = await this.ask({ do: "status", packages: [] });
    assert.ok(answer?.type === "status");
    return answer;
  }

  async events(): Promise<readonly EventLine[]> {
    return (await this.ask({ do: "log" })).filter((answer) => answer.type === "event");
  }

  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }

  async stop(): Promise<number | null> {
    this.child.kill("SIGTERM");
    return this.ended;
  }
}

/** Puts a file and its signature into a folder, the signature first or last. */
export function drop(folder: string, { name, bytes, signature }: Signed, order: "file" | "signature" = "file"): void {
  const writes = [
    () => writeFileSync(join(folder, name), bytes),
    () => writeFileSync(join(folder, `${name}.asc`), signature),
  ];
  for (const write of order === "file" ? writes : writes.toReversed()) write();
}

/** The words of the next judgement that a stream tells. */
export function isJudgement(answer: Answer): answer is JudgementLine {
  return answer.type === "judgement";
}

export { once };
