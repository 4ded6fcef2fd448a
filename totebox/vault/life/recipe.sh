#BEGIN RECIPE
# Verifies a vault with POSIX sh, coreutils, sed, awk and openssl 3: sh recipe.sh [DIR]
# It changes nothing. Exit 0: the folder agrees with itself. Exit 1: one line WRONG for each difference. Exit 2: it could not run.
set -u
LC_ALL=C; export LC_ALL
cd "${1:-.}" || exit 2
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
: > "$work/wrong"
columns=index,time,actor,service,kind,subject,path,offset,length,sha256,source,supersedes,audit,command,note
dash=$(printf '\342\200\224')
mark=$(printf '\001')

# What a row or a file says may hold anything: ASCII alone is shown, and only digits are counted with.
shown() { tr -d '\000-\011\013-\037\177' | tr '\200-\377' '?'; }
wrong() { printf 'WRONG %s\n' "$*" | shown | tee -a "$work/wrong"; }
are_numbers() {
    for one in "$@"; do
        case "$one" in '' | *[!0-9]* | 0?* | ???????????????????*) return 1 ;; esac
    done
}
sha() { sha256sum | cut -c 1-64; }
bytes() { tr a-f A-F | basenc --decode --base16; }
hex() { od -An -v -tx1 | tr -d ' \n'; }
has() { awk -v line="$1" '$0 == line { found = 1 } END { exit !found }' "$2"; }

# Everything below folder $1 that is no folder.
files() {
    for one in "$1"/* "$1"/.*; do
        case "$one" in */. | */.. | *'/*' | *'/.*') continue ;; esac
        if [ -d "$one" ] && [ ! -L "$one" ]; then files "$one"; else printf '%s\n' "$one"; fi
    done
}

# The cells of each CSV line (RFC 4180), with the byte 01 between them.
cells() {
    awk -v mark="$mark" '{
        out = ""; cell = ""; quoted = 0; n = length($0)
        for (i = 1; i <= n; i++) {
            c = substr($0, i, 1)
            if (quoted && c == "\"" && substr($0, i + 1, 1) == "\"") { cell = cell c; i++ }
            else if (c == "\"") quoted = !quoted
            else if (c == "," && !quoted) { out = out cell mark; cell = "" }
            else cell = cell c
        }
        print out cell
    }'
}

# The rows of the register in folder $1, in order, one a line. What a crash tore is no row: it ends the rows of its file.
rows() {
    for file in "$1"/*.csv; do
        printf 'FILE %s\n' "${file##*/}"
        if [ -n "$(tail -c 1 "$file")" ]; then sed '$d' "$file"; else cat "$file"; fi
    done | awk -v columns="$columns" '
        BEGIN { count = 0 }
        $1 == "FILE" { first = $2 + 0; if (first < count) count = first; live = first == count; head = 1; next }
        head { head = 0; live = live && $0 == columns; next }
        live && index($0, count ",") == 1 { row[count++] = $0; next }
        { live = 0 }
        END { for (i = 0; i < count; i++) print row[i] }'
}

# RFC 6962: a leaf is SHA-256(00 | row without its line end), a node SHA-256(01 | left | right).
leaf() { { printf '\000'; printf '%s' "$1"; } | sha; }
node() { printf '01%s%s' "$1" "$2" | bytes | sha; }

# The root at each tree size of the rows on standard input: lines "size root".
roots() {
    stack=''; size=0
    printf '0 %s\n' "$(printf '' | sha)"
    while IFS= read -r row; do
        level=0; hash=$(leaf "$row")
        while [ "${stack%%.*}" = "$level" ]; do
            top=${stack%% *}; stack=${stack#"$top"}; stack=${stack# }
            hash=$(node "${top#*.}" "$hash"); level=$((level + 1))
        done
        stack="$level.$hash${stack:+ $stack}"
        size=$((size + 1)); root=''
        for one in $stack; do
            if [ -z "$root" ]; then root=${one#*.}; else root=$(node "${one#*.}" "$root"); fi
        done
        printf '%s %s\n' "$size" "$root"
    done
}

# Whether $3, the base64 of (key id, 4 bytes | Ed25519 signature, 64 bytes), is the signature of verifier key $1 over file $2.
signed() {
    name=${1%%+*}; rest=${1#*+}; id=${rest%%+*}
    public=$(printf '%s' "${rest#*+}" | base64 -d 2> "$work/noise" | hex)
    blob=$(printf '%s' "$3" | base64 -d 2> "$work/noise" | hex)
    [ "${#public}" = 66 ] && [ "${#blob}" = 136 ] && [ "${public%"${public#??}"}" = 01 ] || return 1
    [ "$({ printf '%s\n' "$name"; printf '%s' "$public" | bytes; } | sha | cut -c 1-8)" = "$id" ] || return 1
    [ "$(printf '%s' "$blob" | cut -c 1-8)" = "$id" ] || return 1
    printf '302a300506032b6570032100%s' "${public#01}" | bytes > "$work/public"
    printf '%s' "$blob" | cut -c 9- | tr -d '\n' | bytes > "$work/signature"
    openssl pkeyutl -verify -pubin -keyform DER -inkey "$work/public" -rawin -in "$2" -sigfile "$work/signature" \
        > "$work/noise" 2>&1
}

# The keys of a log: first $1, then those that its rows hand over to. Lines "first size it signs for, vkey".
keys() {
    key=$1
    printf '0 %s\n' "$key"
    while IFS=$mark read -r index time actor service kind subject path offset length sha256 source supersedes audit command note; do
        are_numbers "$index" || { wrong "$2: a row has no number"; continue; }
        case "$service,$kind" in
            fs,key | audit,KEY)
                printf 'totebox key v1\n%s\n%s\n%s\n' "$key" "$subject" "$index" > "$work/statement"
                signed "$key" "$work/statement" "${note#\'}" || wrong "$2 row $index: the old key did not sign the next one"
                key=$subject; printf '%s %s\n' "$((index + 1))" "$key" ;;
            fs,restored | audit,RESTORED)
                key=$subject; printf '%s %s\n' "$((index + 1))" "$key" ;;
        esac
    done < "$work/$2.cells"
}

# Rows, roots, keys and stored checkpoints of the log $1 in folder $2, whose first verifier key is $3.
log() {
    rows "$2/register" > "$work/$1.rows"
    cells < "$work/$1.rows" > "$work/$1.cells"
    roots < "$work/$1.rows" > "$work/$1.roots"
    keys "$3" "$1" > "$work/$1.keys"
    sed '/^WRONG/d' "$work/$1.keys" > "$work/$1.chain"; sed -n '/^WRONG/p' "$work/$1.keys"
    newest=0
    for file in "$2"/checkpoints/*; do
        [ -f "$file" ] || continue
        size=$(sed -n 2p "$file"); found=no
        are_numbers "$size" || { wrong "$file is no checkpoint"; continue; }
        head -n 3 "$file" > "$work/note"
        root=$(sed -n 3p "$file" | base64 -d 2> "$work/noise" | hex)
        has "$size $root" "$work/$1.roots" || wrong "$file: the rows have another root at size $size"
        while read -r from key; do
            [ "$from" -le "$size" ] || continue
            [ "$(sed -n 1p "$file")" = "${key%%+*}" ] || continue
            for signature in $(awk -v p="$dash ${key%%+*} " 'index($0, p) == 1 { print substr($0, length(p) + 1) }' "$file"); do
                signed "$key" "$work/note" "$signature" && found=$from
            done
        done < "$work/$1.chain"
        [ "$found" = no ] && wrong "$file is not signed by a key of this log"
        [ "$size" -gt "$newest" ] && newest=$size
    done
    count=$(wc -l < "$work/$1.rows")
    [ "$newest" -le "$count" ] || wrong "$2: a checkpoint states $newest rows, and $count are there"
    printf '%s: %s rows, root %s, newest stored checkpoint at size %s, vkey %s\n' \
        "$1" "$((count))" "$(tail -n 1 "$work/$1.roots" | cut -d ' ' -f 2)" "$newest" "$(tail -n 1 "$work/$1.chain" | cut -d ' ' -f 2)" | shown
}

# Each row's bytes have its SHA-256: lines "path offset length" of all of them, in order, go to $work/ranges.
payloads() {
    while IFS=$mark read -r index time actor service kind subject path offset length sha256 rest; do
        [ -n "$path" ] || continue
        are_numbers "$index" "$offset" "$length" || { wrong "$1 row $index: its numbers are none"; continue; }
        case "$path" in
            *[!A-Za-z0-9._/:,=-]* | /* | *..*) wrong "$1 row $index: path $path"; continue ;;
        esac
        printf '%s %s %s\n' "$path" "$offset" "$length" >> "$work/ranges"
        if [ -L "$path" ] || [ ! -f "$path" ]; then wrong "$1 row $index: $path is missing, or no plain file"; continue; fi
        found=$(tail -c "+$((offset + 1))" "$path" | head -c "$length" | sha)
        [ "$found" = "$sha256" ] || wrong "$1 row $index: $length bytes at $offset of $path have another SHA-256"
    done < "$work/$1.cells"
}

value() { sed -n "s/^$1: \"\(.*\)\"\$/\1/p" totebox.yaml; }
: > "$work/ranges"; : > "$work/ends"
log records ledger "$(value vkey)"
log audit ledger/audit "$(value audit_vkey)"
payloads records
payloads audit

# Every byte of the records belongs to exactly one row.
sort -k 1,1 -k 2,2n "$work/ranges" | awk '
    $1 != path { path = $1; end = 0 }
    $2 != end && path !~ /^ledger\// { print "WRONG " path ": the bytes at " end " belong to no row, or to two" }
    { end = $2 + $3; ends[path] = end }
    END { for (path in ends) if (path !~ /^ledger\//) print path, ends[path] > "'"$work/ends"'" }' | tee -a "$work/wrong"
while read -r path end; do
    [ -f "$path" ] && [ "$(wc -c < "$path")" -ne "$end" ] && wrong "$path: its end belongs to no row"
done < "$work/ends"
cut -d ' ' -f 1 "$work/ends" > "$work/owned"
{ printf 'totebox.yaml\nREADME.txt\n'; files assets; } > "$work/files"
while IFS= read -r path; do
    has "$path" "$work/owned" || wrong "$path belongs to no row"
done < "$work/files"

# Each row of the audit log states the record log as it stood: its size (offset) and root (sha256). Each record cites an audit row.
audits=$(wc -l < "$work/audit.rows")
while IFS=$mark read -r index time actor service kind subject path offset length sha256 rest; do
    [ -n "$path" ] || has "$offset $sha256" "$work/records.roots" || wrong "audit row $index states other records"
done < "$work/audit.cells"
while IFS=$mark read -r index time actor service kind subject path offset length sha256 source supersedes audit rest; do
    are_numbers "$audit" && [ "$audit" -lt "$audits" ] || wrong "records row $index: no audit row authorised it"
done < "$work/records.cells"

if [ -f local/write-ahead ] && [ "$(head -c 6 local/write-ahead | tr -d '\000')" = 'ahead ' ]; then
    printf 'local/write-ahead holds copies: after a power failure the last rows may stand there alone; see "Write-ahead".\n'
fi
if [ -s "$work/wrong" ]; then exit 1; fi
printf 'AGREES with itself. Compare vkey, size and root with what was noted elsewhere.\n'
#END RECIPE
