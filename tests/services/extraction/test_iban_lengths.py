"""The lengths of IBANs, as the registry of ISO 13616 has them (SWIFT, release 99)."""

import pytest

from totebox.services.extraction.patterns import ibans, mod97

REGISTRY = (
    "AD24 AE23 AT20 BE16 BG22 CH21 CY28 CZ24 DE22 DK18 EE20 ES24 FI18 FR27 GB22 GI23 GR27 HR21 HU28 IE22 IL23 IS26 IT27 LI21 "
    "LT20 LU20 LV21 MC27 MT31 NL18 NO15 PL28 PT25 RO24 SE24 SI19 SK24 SM27 TR26 "
    "AL28 AZ28 BA20 BH22 BI27 BR29 BY28 CR22 DJ27 DO28 EG29 FK18 FO18 GE22 GL18 GT28 IQ23 JO30 KW30 KZ20 LB28 LC32 LY25 MD24 ME22 "
    "MK19 MN20 MR27 MU30 NI28 OM23 PK24 PS29 QA29 RS22 RU33 SA24 SC31 SD18 SO23 ST25 SV28 TL23 TN24 UA29 VA22 VG24 XK20"
)


def made(country: str, length: int) -> str:
    """An IBAN of that length with the right check digits."""
    account = "1" * (length - 4)
    return f"{country}{98 - mod97(f'{country}00{account}'):02}{account}"


@pytest.mark.parametrize("entry", REGISTRY.split())
def test_an_iban_has_the_length_of_its_country(entry: str) -> None:
    """One sign fewer is none, though its check digits are right."""
    country, length = entry[:2], int(entry[2:])
    assert [hit.value for hit in ibans(f"to {made(country, length)}.")] == [made(country, length)]
    assert not list(ibans(f"to {made(country, length - 1)}."))
