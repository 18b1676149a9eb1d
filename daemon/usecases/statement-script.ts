import type { Sha256 } from "../core/sha256.ts";
import { fingerprintOf, type SignerId } from "../core/signer.ts";
import type { Statement } from "../core/statement.ts";
import { PURPOSE_NOTATION, scriptName, statementName } from "./statement-commands.ts";

/**
 * A POSIX sh script for co-signers who have only gpg. It signs this one statement and no other, with the primary key of
 * the fingerprint given, and checks what gpg made: the right key, a binary signature, the purpose, no SHA-1.
 *
 * @param signers - whose signatures may count; anybody else is told so before signing.
 */
export function signingScript(statement: Statement, agreed: Sha256, signers: readonly SignerId[]): string {
  const file = statementName(statement.seq);
  const fingerprints = signers.flatMap((signer) => fingerprintOf(signer) ?? []);
  return `#!/bin/sh
# Signs ${file} with gpg. Usage: sh ${scriptName(statement.seq)} FINGERPRINT
# Read ${file} first, and compare the SHA-256 below with your co-signers, not with
# where this script came from.
set -eu
LC_ALL=C
export LC_ALL
statement=${file}
agreed=${agreed}
signers='${fingerprints.join(" ")}'
notation=${PURPOSE_NOTATION}
${BODY}`;
}

/** The same for every statement. gpg itself does the hashing, since not every machine has a sha256sum. */
const BODY = `
fail() {
  printf 'sign: %s\\n' "$*" >&2
  exit 1
}

[ "$#" -ge 1 ] || fail "usage: sh $0 FINGERPRINT"
primary=$(printf '%s' "$*" | tr -d ' ' | tr abcdefx ABCDEFX)
primary=\${primary#0X}
case $primary in
  '' | *[!0-9A-F]*) fail "this is no fingerprint: $*" ;;
esac
[ "\${#primary}" -eq 40 ] || [ "\${#primary}" -eq 64 ] || fail "give the whole fingerprint, not \${#primary} digits"
case " $signers " in
  *" $primary "*) ;;
  *) fail "$primary is not asked to sign this statement" ;;
esac

cd "$(dirname "$0")"
[ -f "$statement" ] || fail "$statement does not lie beside this script"
found=$(gpg --batch --with-colons --print-md SHA256 < "$statement" | cut -d : -f 3 | tr ABCDEF abcdef)
[ "$found" = "$agreed" ] || fail "$statement is not the statement that was agreed on; nothing is signed
  agreed  $agreed
  found   $found"

secret=$(gpg --batch --with-colons --list-secret-keys "$primary" 2> /dev/null) ||
  fail "gpg has no secret key $primary here"
first=$(printf '%s\\n' "$secret" | awk -F : '$1 == "fpr" { print $10; exit }')
[ "$first" = "$primary" ] || fail "$primary is a subkey; the primary key must sign: $first"
case $(printf '%s\\n' "$secret" | awk -F : '$1 == "sec" { print $15; exit }') in
  *'#'*) fail "the secret primary key is kept elsewhere; run this where it is" ;;
esac
case $(printf '%s\\n' "$secret" | awk -F : '$1 == "sec" { print $12; exit }') in
  *s*) ;;
  *) fail "this primary key may only certify. Let it sign first, then send its certificate along again:
  gpg --edit-key $primary   (then: change-usage, S, Q, save)" ;;
esac

signature=$statement.$primary.asc
[ ! -e "$signature" ] || fail "$signature is there already"
made=$signature.new
trap 'rm -f "$made"' EXIT
rm -f "$made"
# The ! stands for this very key: gpg takes a signing subkey otherwise.
gpg --armor --no-textmode --detach-sign --sig-notation "$notation" -u "$primary!" -o "$made" "$statement"

status=$(gpg --batch --status-fd 1 --verify "$made" "$statement" 2> /dev/null) || fail "gpg can't verify what it made"
# VALIDSIG names the key that signed, the hash (2 is SHA-1) and the class (00 is binary).
printf '%s\\n' "$status" | awk -v primary="$primary" '
  $2 == "VALIDSIG" && $3 == primary && $10 != 1 && $10 != 2 && $10 != 3 && $11 == "00" { good = 1 }
  $2 == "NOTATION_NAME" { name = $3 }
  $2 == "NOTATION_DATA" && name == "purpose@tofu.invalid" { if ($3 == "handover") purpose = 1; else other = 1 }
  END { exit !(good && purpose && !other) }
' || fail "the signature is not as it must be (primary key, binary, purpose, SHA-256 or better); look at gpg.conf"
mv "$made" "$signature"
printf 'signed: send %s to whoever collects the signatures\\n' "$signature"
`;
