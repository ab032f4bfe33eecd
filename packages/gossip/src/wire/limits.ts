/** The size limits of the wire protocol, with unit, reason and source. */

/** Node metadata (the encoded tags). Source: memberlist net.go MetaMaxSize. */
export const metaBytesMax = 512;

/**
 * The longest name of a peer that is accepted, in bytes of UTF-8; a member of this package has at most 128, as in newer
 * versions of Serf. memberlist has no limit: it accepts a name that fills a packet and can then never gossip it.
 */
export const nameBytesMax = 255;

/** A label's length is one byte on the wire. Source: memberlist label.go LabelMaxSize. */
export const labelBytesMax = 255;

/** A compound's part count is one byte on the wire. */
export const compoundPartsMax = 255;

/** A compound's part length is two bytes on the wire. */
export const compoundPartBytesMax = 0xffff;

/**
 * Compound and compress messages inside each other. Peers nest two deep; memberlist has no bound, so one packet
 * can exhaust its stack.
 */
export const packetDepthMax = 8;

/** Parts of all compounds of one packet. Peers send one compound of at most 255; four of those leave room for nesting. */
export const packetPartsMax = 4 * compoundPartsMax;

/** The rest of a packet is dropped after so many bad parts, because an error costs more than the two bytes that cause it. */
export const packetFaultsMax = 32;

/**
 * The decompressed size of all compressed parts of one packet together. A peer compresses what it would otherwise
 * send as one datagram of at most 64 KiB; four of those leave room for nesting, and a bomb costs no more
 * than a fraction of a millisecond.
 */
export const packetInflatedBytesMax = 256 * 1024;

/** One encrypted stream frame, and one user message or user state. Source: memberlist net.go maxPushStateBytes. */
export const frameBytesMax = 20 * 1024 * 1024;

/** The decompressed size of a stream message. Source: memberlist util.go maxDecompressedSize. */
export const streamInflatedBytesMax = 40 * 1024 * 1024;

/** One whole incoming stream: a stream without compression may have the decompressed size of a compressed one. */
export const streamBytesMax = 40 * 1024 * 1024;

/** Node states of one push/pull. Source: memberlist net.go maxPushPullNodes. */
export const pushPullNodesMax = 1_048_576;

/** One node state or header of a stream, encoded: metadata is 512 bytes, names are short, and unknown fields may come. */
export const streamRecordBytesMax = 64 * 1024;

/** AES-GCM's standard nonce. Source: memberlist security.go nonceSize. */
export const nonceBytes = 12;

/** AES-GCM's full tag. Source: memberlist security.go tagSize. */
export const tagBytes = 16;

/** What encryption version 1 adds: version, nonce and tag. Source: memberlist security.go encryptOverhead. */
export const encryptionOverheadBytes = 1 + nonceBytes + tagBytes;

/** Compound's type byte and count. Source: memberlist net.go compoundHeaderOverhead. */
export const compoundHeaderBytes = 2;

/** What each part costs in a compound beyond its bytes. Source: memberlist net.go compoundOverhead. */
export const compoundPartOverheadBytes = 2;

/** The type byte in front of a message of the layer above. Source: memberlist net.go userMsgOverhead. */
export const userMessageOverheadBytes = 1;

/** A label header's type byte and length. Source: memberlist label.go labelOverhead. */
export const labelHeaderBytes = 2;

/** Not budgeted by peers, so that a full packet exceeds its target by these. Source: memberlist net.go. */
export const checksumHeaderBytes = 5;
