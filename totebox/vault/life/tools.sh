#BEGIN TOOLS
LC_ALL=C; export LC_ALL
bytes() { tr a-f A-F | basenc --decode --base16; }

# fingerprint ALGORITHM PUBLIC: the actor of a row, from a device's public key in hexadecimal (algorithm 1 ssh-ed25519,
# 2 ecdsa-p256, 3 sk-ssh-ed25519).
fingerprint() {
    printf 'SHA256:%s\n' "$(printf '%02x%s' "$1" "$2" | bytes | openssl dgst -sha256 -binary | base64 | tr -d '=\n')"
}

# command_digest VERB ARGUMENTS [CAPABILITY]: what stands behind the colon in the column command of an audit row: the number
# of the verb, its arguments as a MessagePack array in hexadecimal (none of a verb that carries a secret), and the words that
# name the capability in the row's note, without their brackets.
command_digest() {
    { printf '%02x%s' "$1" "$2" | bytes; printf '%s' "${3:-}"; } | sha256sum | cut -c 1-64
}

# anchor TEXT: the column anchor of a claim, from mailto:ADDRESS, person:NAME, org:NAME or iban:NUMBER. The address and the name
# are in small letters, the number is in capitals and without spaces. It is the UUID version 5 of TEXT in the name space URL.
anchor() {
    digest=$({ printf '6ba7b8119dad11d180b400c04fd430c8' | bytes; printf '%s' "$1"; } | sha1sum | cut -c 1-32)
    variant=$(printf '%s' "$digest" | cut -c 17 | tr 0123456789abcdef 89ab89ab89ab89ab)
    printf '%s-%s-5%s-%s%s-%s\n' "$(printf '%s' "$digest" | cut -c 1-8)" "$(printf '%s' "$digest" | cut -c 9-12)" \
        "$(printf '%s' "$digest" | cut -c 14-16)" "$variant" "$(printf '%s' "$digest" | cut -c 18-20)" \
        "$(printf '%s' "$digest" | cut -c 21-32)"
}
#END TOOLS
