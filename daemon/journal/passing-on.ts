import type { Journal } from "./journal.ts";

/** @returns the same journal as an object, of which single parts can be replaced. */
export function passingOn(journal: Journal): Journal {
  return {
    read: (name) => journal.read(name),
    pin: (name) => journal.pin(name),
    machine: () => journal.machine(),
    append: (append) => journal.append(append),
    appendTogether: (appends) => journal.appendTogether(appends),
    appendMany: (appends, onWritten) => journal.appendMany(appends, onWritten),
    certificate: (primary) => journal.certificate(primary),
    primaryOf: (subkey) => journal.primaryOf(subkey),
    object: (digest) => journal.object(digest),
    packages: () => journal.packages(),
    packagesOfSigner: (signer, few) => journal.packagesOfSigner(signer, few),
    packagesOfArtifact: (digest, few) => journal.packagesOfArtifact(digest, few),
    follow: (from) => journal.follow(from),
    count: () => journal.count(),
    close: () => journal.close(),
  };
}
