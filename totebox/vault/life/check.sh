#!/bin/sh
# Checks this folder: one record of a vault, with the proof that it is in the vault's log, and who approved it.
#
#     sh CHECK.sh [VKEY]        VKEY: the verifier key of the log, as a vault card or somebody whom you trust states it
#
# It needs a POSIX sh, coreutils, sed, awk and openssl 3, reads this folder alone, and changes nothing.
# Exit 0: AGREES. Exit 1: a line WRONG for each difference. Exit 2: it could not run.
set -u
LC_ALL=C; export LC_ALL
cd "$(dirname "$0")" || exit 2
for tool in sha256sum base64 basenc od sed awk openssl mktemp; do
    command -v "$tool" > /dev/null || { printf 'this needs %s\n' "$tool"; exit 2; }
done
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
: > "$work/wrong"
dash=$(printf '\342\200\224')
mark=$(printf '\001')

# What a stranger wrote must not control the terminal.
shown() { printf '%s\n' "$*" | tr -d '\000-\011\013-\037\177' | tr '\200-\377' '?'; }
wrong() { shown "WRONG $*" | tee -a "$work/wrong"; }
sha() { sha256sum | cut -c 1-64; }
bytes() { tr a-f A-F | basenc --decode --base16; }
hex() { od -An -v -tx1 | tr -d ' \n'; }
plain() { base64 -d 2> "$work/noise" | hex; }
number() { case "$1" in '' | *[!0-9]* | 0?* | ???????????????????*) return 1 ;; esac; }

# The cells of a CSV line (RFC 4180), with the byte 01 between them, and without the apostrophe that guards a cell.
cells() {
    awk -v mark="$mark" '
        function guarded(cell) { return substr(cell, 1, 1) == "\047" ? substr(cell, 2) : cell }
        {
            if (index($0, mark)) next
            out = ""; cell = ""; quoted = 0; n = length($0)
            for (i = 1; i <= n; i++) {
                c = substr($0, i, 1)
                if (quoted && c == "\"" && substr($0, i + 1, 1) == "\"") { cell = cell c; i++ }
                else if (c == "\"") quoted = !quoted
                else if (c == "," && !quoted) { out = out guarded(cell) mark; cell = "" }
                else cell = cell c
            }
            print out guarded(cell)
        }'
}

# The cells of row $2 of log $1 (records or audit), as variables.
row() {
    index='' time='' actor='' service='' kind='' subject='' path='' offset='' length='' sha256='' source='' supersedes='' audit=''
    command='' note=''
    [ -f "$1/$2.row" ] || { wrong "$1/$2.row is missing"; return 1; }
    # The leaf is hashed by the shell and read by awk: without zeros and line breaks both see the same bytes.
    [ "$(tr -d '\000' < "$1/$2.row" | wc -c)" = "$(wc -c < "$1/$2.row")" ] && [ "$(wc -l < "$1/$2.row")" -eq 1 ] \
        && [ -z "$(tail -c 1 "$1/$2.row")" ] || { wrong "$1/$2.row is not one line of text"; return 1; }
    cells < "$1/$2.row" > "$work/cells"
    IFS=$mark read -r index time actor service kind subject path offset length sha256 source supersedes audit command note < "$work/cells"
    [ "$index" = "$2" ] || { wrong "$1/$2.row is the row of another entry"; return 1; }
}

# The field $2 of the note $1.
field() { printf '%s\n' "$1" | sed -n "s/^v=2;\(.*;\)\{0,1\} $2=\([^;]*\).*/\2/p"; }

# RFC 6962: a leaf is SHA-256(00 | row without its line end), a node SHA-256(01 | left | right).
leaf() { { printf '\000'; printf '%s' "$1"; } | sha; }
node() { printf '01%s%s' "$1" "$2" | bytes | sha; }

# The root to which the row in file $3.row and the hashes in $3.path lead, for entry $1 of $2. RFC 9162, 2.1.3.2.
led() {
    place=$1; last=$(($2 - 1)); hash=$(leaf "$(cat "$3.row")")
    while IFS= read -r sibling; do
        case "$sibling" in *[!0-9a-f]*) return 1 ;; esac
        [ "${#sibling}" = 64 ] && [ "$last" -gt 0 ] || return 1
        if [ $((place % 2)) = 1 ] || [ "$place" = "$last" ]; then
            hash=$(node "$sibling" "$hash")
            while [ $((place % 2)) = 0 ] && [ "$place" != 0 ]; do place=$((place / 2)); last=$((last / 2)); done
        else
            hash=$(node "$hash" "$sibling")
        fi
        place=$((place / 2)); last=$((last / 2))
    done < "$3.path"
    [ "$last" = 0 ] && printf '%s\n' "$hash"
}

# Whether the hexadecimal signature $3 over file $2 is one of the Ed25519 key $1, in hexadecimal.
ed25519() {
    [ "${#1}" = 64 ] && [ "${#3}" = 128 ] || return 1
    printf '302a300506032b6570032100%s' "$1" | bytes > "$work/public"
    printf '%s' "$3" | bytes > "$work/signature"
    openssl pkeyutl -verify -pubin -keyform DER -inkey "$work/public" -rawin -in "$2" -sigfile "$work/signature" > "$work/noise" 2>&1
}

# Whether $3, base64 of (key id, 4 bytes | Ed25519 signature, 64 bytes), is the signature of verifier key $1 over file $2.
signed() {
    name=${1%%+*}; rest=${1#*+}; id=${rest%%+*}
    public=$(printf '%s' "${rest#*+}" | plain)
    blob=$(printf '%s' "$3" | plain)
    [ "${#public}" = 66 ] && [ "${#blob}" = 136 ] && [ "${public%"${public#??}"}" = 01 ] || return 1
    [ "$({ printf '%s\n' "$name"; printf '%s' "$public" | bytes; } | sha | cut -c 1-8)" = "$id" ] || return 1
    [ "${blob%"${blob#????????}"}" = "$id" ] && ed25519 "${public#01}" "$2" "${blob#????????}"
}

# The keys of log $1: the first one, $2, then those that its rows hand over to. Lines "first size it signs for, vkey".
keys() {
    key=$2
    printf '0 %s\n' "$key" > "$work/$1.keys"
    for number in $(cat "$work/$1.indices"); do
        row "$1" "$number" || continue
        case "$service,$kind" in
            fs,key | audit,KEY)
                printf 'totebox key v1\n%s\n%s\n%s\n' "$key" "$subject" "$index" > "$work/statement"
                signed "$key" "$work/statement" "$note" || wrong "$1/$number.row: the old key did not sign the next one" ;;
            fs,restored | audit,RESTORED) : > "$work/$1.keys" ;;
            *) continue ;;
        esac
        key=$subject
        printf '%s %s\n' "$((number + 1))" "$key" >> "$work/$1.keys"
    done
}

# The checkpoint of log $1, whose first key is $2, and each of its rows: all of them are in the tree that the checkpoint states.
log() {
    : > "$work/$1.named"
    for file in "$1"/*.row; do
        name=${file##*/}; name=${name%.row}
        if number "$name"; then printf '%s\n' "$name" >> "$work/$1.named"; else wrong "$file has no number"; fi
    done
    for file in "$1"/*.path; do [ -f "${file%.path}.row" ] || wrong "${file%.path}.row is missing"; done
    sort -n "$work/$1.named" > "$work/$1.indices"
    keys "$1" "$2"
    size=$(sed -n 2p "$1/checkpoint"); root=$(sed -n 3p "$1/checkpoint" | plain)
    number "$size" && [ "${#root}" = 64 ] || { wrong "$1/checkpoint is no checkpoint"; return; }
    head -n 3 "$1/checkpoint" > "$work/head"
    signer=''
    while read -r from key; do
        [ "$from" -le "$size" ] && [ "$(sed -n 1p "$1/checkpoint")" = "${key%%+*}" ] || continue
        for one in $(awk -v p="$dash ${key%%+*} " 'index($0, p) == 1 { print substr($0, length(p) + 1) }' "$1/checkpoint"); do
            signed "$key" "$work/head" "$one" && signer=$key
        done
    done < "$work/$1.keys"
    [ -n "$signer" ] || wrong "$1/checkpoint is not signed by a key of this log"
    for number in $(cat "$work/$1.indices"); do
        [ "$number" -lt "$size" ] && row "$1" "$number" && [ -f "$1/$number.path" ] \
            && [ "$(led "$number" "$size" "$1/$number")" = "$root" ] || wrong "$1/$number.row does not lead to the root of its checkpoint"
    done
}

# Whether the device with the note $1 (algorithm, public) made the hexadecimal signature $2 over the file "$work/approval".
device() {
    key=$(field "$1" public | plain)
    case "$(field "$1" algorithm)" in
        SSH_ED25519) ed25519 "$key" "$work/approval" "$2" ;;
        SK_SSH_ED25519)
            case "$(printf '%s' "$2" | cut -c 129-)" in ?[13579bdf]????????) ;; *) return 1 ;; esac
            { printf '%s' "$key" | cut -c 65- | tr -d '\n' | bytes | sha
              printf '%s' "$2" | cut -c 129-; sha < "$work/approval"; } | tr -d '\n' | bytes > "$work/touched"
            ed25519 "$(printf '%s' "$key" | cut -c 1-64)" "$work/touched" "$(printf '%s' "$2" | cut -c 1-128)" ;;
        ECDSA_P256)
            [ "${#key}" = 130 ] && [ "${#2}" = 128 ] || return 1
            printf '3059301306072a8648ce3d020106082a8648ce3d030107034200%s' "$key" | bytes > "$work/public"
            both="$(integer "$(printf '%s' "$2" | cut -c 1-64)")$(integer "$(printf '%s' "$2" | cut -c 65-128)")"
            printf '30%02x%s' "$((${#both} / 2))" "$both" | bytes > "$work/signature"
            openssl dgst -sha256 -verify "$work/public" -keyform DER -signature "$work/signature" "$work/approval" > "$work/noise" 2>&1 ;;
        *) return 1 ;;
    esac
}

# A number of 32 bytes as a DER INTEGER, both in hexadecimal.
integer() {
    digits=$(printf '%s' "$1" | sed 's/^\(00\)*\(..\)/\2/')
    case "$digits" in [89a-f]*) digits=00$digits ;; esac
    printf '02%02x%s' "$((${#digits} / 2))" "$digits"
}

# Who approved: the row of log audit that authorised the record, the answers before it, and the device's key.
approved() {
    row audit "$authorised" || return
    [ "$actor" = "$by" ] || wrong "audit/$authorised.row is of another actor than the record"
    [ "$length" -gt 0 ] || wrong "audit/$authorised.row authorises no record"
    manner="authorised by audit row $authorised ($kind)"
    [ "$kind" = APPROVED ] || return
    signature=$(field "$note" signature | plain)
    field "$note" approval | base64 -d > "$work/approval" 2> "$work/noise"
    found=no person='' label=''
    for number in $(cat "$work/audit.indices"); do
        [ "$number" -lt "$authorised" ] && row audit "$number" || continue
        [ "$kind,$subject" = "DEVICE,$by" ] || continue
        key=$(field "$note" public | plain)
        case "$(field "$note" algorithm)" in SSH_ED25519) id=01 ;; ECDSA_P256) id=02 ;; SK_SSH_ED25519) id=03 ;; *) id=00 ;; esac
        [ "SHA256:$(printf '%s%s' "$id" "$key" | bytes | openssl dgst -sha256 -binary | base64 | tr -d '=\n')" = "$by" ] \
            || wrong "audit/$number.row: its public key has another fingerprint"
        device "$note" "$signature" && found=yes label=$(field "$note" label) person=$(field "$note" person)
    done
    [ "$found" = yes ] || wrong "audit/$authorised.row: no key of the device $by signed the approval"
    # "PSP-approve-1" | algorithm 1 | length 2, key | length 1, intake | SHA-256 of the original
    text=$(hex < "$work/approval")
    skipped=$((26 + 2 + 4 + 2 * 0x0$(printf '%s' "$text" | cut -c 29-32)))
    skipped=$((skipped + 2 + 2 * 0x0$(printf '%s' "$text" | cut -c "$((skipped + 1))-$((skipped + 2))")))
    [ "$(printf '%s' "$text" | cut -c 1-26)" = 5053502d617070726f76652d31 ] \
        && [ "$(printf '%s' "$text" | cut -c "$((skipped + 1))-$((skipped + 64))")" = "$original" ] \
        || wrong "audit/$authorised.row approves another document"
    manner="$manner, signed by the device $by${label:+ ($label)}${person:+, used by $person}"
}

# The cosignatures of the checkpoint of the records: each under the witness's key that a row COSIGNED of log audit states.
cosigned() {
    for file in cosigned/*; do
        [ -f "$file" ] || continue
        [ "$(head -n 3 "$file")" = "$(head -n 3 records/checkpoint)" ] || wrong "$file is of another checkpoint"
        head -n 3 "$file" > "$work/head"
        found=no
        for number in $(cat "$work/audit.indices"); do
            row audit "$number" || continue
            [ "$kind,$subject" = "COSIGNED,ledger/checkpoints/${file#cosigned/}" ] || continue
            key=$(printf '%s' "${note#*+*+}" | plain)
            for one in $(awk -v p="$dash ${note%%+*} " 'index($0, p) == 1 { print substr($0, length(p) + 1) }' "$file"); do
                blob=$(printf '%s' "$one" | plain)
                [ "${#blob}" = 152 ] && [ "${key%"${key#??}"}" = 04 ] || continue
                { printf 'cosignature/v1\ntime %s\n' "$((0x$(printf '%s' "$blob" | cut -c 9-24)))"; cat "$work/head"; } > "$work/stated"
                ed25519 "${key#04}" "$work/stated" "$(printf '%s' "$blob" | cut -c 25-)" && found=yes && shown "cosigned by $note"
            done
        done
        [ "$found" = yes ] || wrong "$file: no witness's key that a row states has cosigned it"
    done
}

value() { sed -n "s/^$1: \"\(.*\)\"\$/\1/p" totebox.yaml; }
entry=$(cat entry 2> "$work/noise")
number "$entry" || { wrong "entry holds no number"; exit 1; }
for file in totebox.yaml records/checkpoint audit/checkpoint; do
    [ -f "$file" ] || { wrong "$file is missing"; exit 1; }
done
log records "$(value vkey)"
card=$signer; at=$size; head=$root
log audit "$(value audit_vkey)"
row records 0 && [ "$path" = totebox.yaml ] && [ "$(sha < totebox.yaml)" = "$sha256" ] || wrong "totebox.yaml is not what entry 0 states"
row records "$entry" || exit 1
record="record/${path##*/}"
[ -f "$record" ] && [ "$(ls -A record | wc -l)" -eq 1 ] || wrong "record/ holds another file than $record"
if [ -f "$record" ]; then
    [ "$(sha < "$record")" = "$sha256" ] || wrong "$record has another SHA-256 than entry $entry states"
    [ "$(wc -c < "$record")" -eq "$length" ] || wrong "$record has another length than entry $entry states"
fi
authorised=$audit; by=$actor; original=$sha256; sealed=$time; called=$subject
if [ -n "$source" ]; then row records "$source" && original=$sha256; fi
manner=''
approved
cosigned
if [ $# -gt 0 ] && ! cut -d ' ' -f 2 "$work/records.keys" | grep -q -F -x -e "$1"; then wrong "the log is not the one of $1"; fi
[ ! -s "$work/wrong" ] || exit 1
shown "AGREES: $record is entry $entry of ${card%%+*}, $called, sealed $sealed"
shown "$manner"
shown "size $at, root $head, vkey $card"
[ $# -gt 0 ] || shown 'Compare this vkey with the one that you know: whoever made this folder could have made another log.'
