import type { ArtifactFileName, Version } from "./artifact-name.ts";
import { parseArtifactFileName, parseVersion } from "./artifact-name.ts";
import { type Codec, viaText } from "./codec.ts";
import { type Fingerprint, parseFingerprint } from "./fingerprint.ts";
import { type PackageName, parsePackageName } from "./package-name.ts";
import { parseSha256, type Sha256 } from "./sha256.ts";
import { parseSigner, type SignerId } from "./signer.ts";
import { formatTime, isTime, parseTime, type UnixMs } from "./time.ts";

const same = (value: string): string => value;

/** JSON forms of the core's own types. */
export const fingerprintCodec: Codec<Fingerprint> = viaText(
  "a fingerprint of 40 or 64 hex digits",
  parseFingerprint,
  same,
);
export const signerCodec: Codec<SignerId> = viaText("a signer such as openpgp:FINGERPRINT", parseSigner, same);
export const sha256Codec: Codec<Sha256> = viaText("64 hex digits", parseSha256, same);
export const packageCodec: Codec<PackageName> = viaText("a package such as pkg:pypi/sunpy", parsePackageName, same);
export const timeCodec: Codec<UnixMs> = viaText("a time such as 2026-09-14T06:00:00Z", parseTime, formatTime, isTime);
export const fileNameCodec: Codec<ArtifactFileName> = viaText(
  "the name of a file, without folders",
  parseArtifactFileName,
  same,
);
export const versionCodec: Codec<Version> = viaText("a version", parseVersion, same);
