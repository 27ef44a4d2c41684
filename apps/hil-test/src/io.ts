/** Where a command writes. */
export interface CommandIo {
  /** Results for programs; a line without its end. */
  out(line: string): void;
  /** Everything for people; a line without its end. */
  log(line: string): void;
}

/** A command's line of the help. */
export interface CommandHelp {
  readonly synopsis: string;
  readonly summary: string;
}
