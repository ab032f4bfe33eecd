/** A view as handlers get it. */
export interface HandledView {
  /** 0 for a view without one. */
  readonly index: bigint;
  /** The JSON of the view, with a line end. */
  readonly body: Buffer;
}
