/** Bytes that can be read from the start, in order, in constant memory; more than once if need be. */
export interface ByteSource {
  /**
   * @param onChunk - called with each piece in order; the piece is only valid during the call.
   * @throws TofuError `file-changing` if what was read is not one state of the file.
   */
  readonly read: (onChunk: (bytes: Uint8Array) => void) => Promise<void>;
}
