/** Exit codes, the same for every command of the project. */
export const EXIT = { done: 0, negative: 1, usage: 2, environment: 3 } as const;

/** One of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
