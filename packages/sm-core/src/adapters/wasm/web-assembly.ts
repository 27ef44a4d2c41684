/** The part of the WebAssembly interface of a run time that the kernel needs; the compiler knows it only with the types of a browser. */
export interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object, imports: WasmImports) => { readonly exports: unknown };
  validate(bytes: Uint8Array<ArrayBuffer>): boolean;
}

/** Functions that a module imports, by module and name. */
export type WasmImports = Readonly<
  Record<string, Readonly<Record<string, (...values: readonly number[]) => unknown>>>
>;

/** WebAssembly of this run time, if it has any: some bar it. */
export function webAssembly(): WebAssemblyApi | undefined {
  return (globalThis as { readonly WebAssembly?: WebAssemblyApi }).WebAssembly;
}
