// The part of the WebAssembly JavaScript interface that is used here: the library itself needs no environment's types.

export interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

export interface Table {
  readonly length: number;
  grow(count: number): number;
  set(place: number, value: unknown): void;
}

interface Engine {
  readonly Memory: new (descriptor: { initial: number; maximum?: number; shared?: boolean }) => Memory;
  readonly Table: new (descriptor: { element: "anyfunc"; initial: number }) => Table;
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (
    module: object,
    imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ) => { readonly exports: Readonly<Record<string, unknown>> };
  validate(bytes: Uint8Array<ArrayBuffer>): boolean;
}

/** The engine's WebAssembly. @throws TypeError at its use where there is none. */
export const engine: Engine = (globalThis as unknown as { readonly WebAssembly: Engine }).WebAssembly;
