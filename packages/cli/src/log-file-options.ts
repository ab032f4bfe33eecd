/** Where the log is written besides stdout, and when a new file begins. */
export interface LogFileOptions {
  /** `/var/log/hobnob.log` makes `/var/log/hobnob-TIMESTAMP.log`; a path that ends in a slash means `consul.log` in it. */
  readonly path: string;
  /** A file that has reached this size is followed by a new one. 0: no limit. */
  readonly rotateBytes: number;
  /** A file of this age is followed by a new one. */
  readonly rotateDurationMs: number;
  /** How many older files are kept. 0: all; below 0: none. */
  readonly rotateFilesMax: number;
}
