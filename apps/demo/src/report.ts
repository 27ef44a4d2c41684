/** Prints the steps of the demo with their times, and a progress bar for transfers. */
export class Report {
  #step = 0;
  readonly #write: (text: string) => void;
  readonly #terminal: boolean;

  constructor(write: (text: string) => void, terminal: boolean) {
    this.#write = write;
    this.#terminal = terminal;
  }

  /** Runs one step and prints its name, what came out of it, and how long it took. */
  async step<T>(title: string, work: (say: (text: string) => void) => Promise<T>): Promise<T> {
    this.#step += 1;
    this.#write(`[${this.#step}] ${title}\n`);
    const started = performance.now();
    const result = await work((text) => this.#write(`      ${text}\n`));
    this.#write(`      done in ${Math.round(performance.now() - started)} ms\n`);
    return result;
  }

  /** A progress bar; on a terminal it moves in place, elsewhere it prints every tenth. */
  bar(label: string): (done: number, total: number) => void {
    let shown = -1;
    return (done, total) => {
      // A resumed upload may count a chunk twice.
      const share = total > 0 ? Math.min(done / total, 1) : 1;
      const tenth = Math.floor(10 * share);
      if (!this.#terminal && tenth === shown) return;
      shown = tenth;
      const filled = Math.round(30 * share);
      const line = `      ${label} [${'#'.repeat(filled)}${'.'.repeat(30 - filled)}] ${done}/${total} chunks`;
      const end = this.#terminal && done < total ? '' : '\n';
      this.#write(`${this.#terminal ? '\r' : ''}${line}${end}`);
    };
  }
}
