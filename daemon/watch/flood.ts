/**
 * The system keeps 16,384 events for this process, of all its watches together (`fs.inotify.max_queued_events`, which an
 * administrator can lower), and drops what comes beyond that without a word that reaches us. So many at once may be all
 * that was left of more.
 */
const MANY = 4096;

/** Notices that events may have been dropped: the system's queue is emptied within one turn of the event loop. */
export class Flood {
  readonly #onFlood: () => void;
  #inThisTurn = 0;

  constructor(onFlood: () => void) {
    this.#onFlood = onFlood;
  }

  /** An event came. */
  note(): void {
    if (this.#inThisTurn === 0) setImmediate(() => this.#endTurn());
    this.#inThisTurn += 1;
  }

  #endTurn(): void {
    const wereMany = this.#inThisTurn >= MANY;
    this.#inThisTurn = 0;
    if (wereMany) this.#onFlood();
  }
}
