"""Texts that stand on rolling stock, as painted: the schemes of docs/plates.md with their check digits, and random strings.

Random strings are a part of the training only: they show every shape often, also those that real numbers hardly use.
"""

from __future__ import annotations

import numpy as np

from ..hall.plates import luhn
from .alphabet import ALPHABET

DIGITS = "0123456789"
COUNTRIES = "80 81 85 83 87 88 84 86 74 76 71 94 70 51 54 56 55 53 52 79 78 72 44 50 41 20 22 21 27 24 25 26 29 82".split()
KEEPERS = (
    "D-DB A-ÖBB CH-SBB F-SNCF I-TI PL-PKPC CZ-CD SK-ZSSK H-START RO-CFR B-B NL-NS L-CFL DK-DSB S-GC N-NSB D-PRESS D-BRLL D-ELOC"
    " D-DISPO D-RCM CH-BLSC A-GYSEV SLO-SZ HR-HZCC GB-DRS UA-UZ"
).replace("Ö", "O").split()
CIS_ELECTRIC = "ВЛ10 ВЛ10У ВЛ10К ВЛ11 ВЛ11М ВЛ15 ВЛ60К ВЛ65 ВЛ80К ВЛ80Р ВЛ80С ВЛ80Т ВЛ82М ВЛ85 ЧС2 ЧС2К ЧС2Т ЧС4Т ЧС6 ЧС7 ЧС8 ЧС200".split()
CIS_MODERN = "ЭП1 ЭП1М ЭП1П ЭП2К ЭП10 ЭП20 2ЭС4К 2ЭС5К 3ЭС4К 3ЭС5К 2ЭС6 2ЭС7 2ЭС10 3ЭС8 KZ8A KZ4AT".split()
CIS_DIESEL = (
    "ТЭМ1 ТЭМ2 ТЭМ2У ТЭМ2УМ ТЭМ7 ТЭМ7А ТЭМ9 ТЭМ14 ТЭМ18 ТЭМ18Д ТЭМ18ДМ ТЭМ28 ТЭП60 ТЭП70 ТЭП70БС ТЭП70У 2ТЭ10М 2ТЭ10У 3ТЭ10М 2ТЭ10В"
    " 2ТЭ116 2ТЭ116У 2ТЭ116УД 2ТЭ25А 2ТЭ25КМ 3ТЭ25К2М М62 М62У 2М62 2М62У 3М62У ЧМЭ3 ЧМЭ3Т ЧМЭ3Э ТГМ4 ТГМ4А ТГМ4Б ТГМ6А ТГМ6Д ТГК2 ТУ7А ТУ8 TE33A TE10"
    " ДМ62 ДР1А ДЭ1 ВЛ8 ЭР2 ЭР2К ЭР9П ЭД4М ЭД9М ЭГ2ТВ"
).split()
CIS_SERIES = (*CIS_ELECTRIC, *CIS_MODERN, *CIS_DIESEL)
AAR_MARKS = (
    "BNSF UP CSXT CN CP NS KCS AMTK WC IC GTW SOO DME FXE TFM PRLX HLCX CEFX GECX WFRX MRL IAIS PAL RJCC NYSW CSX SP ATSF DRGW"
    " CNW TTX DTTX TBOX GATX UTLX ACFX TILX PROX CGTX NATX GTRA BN CR LLPX METX NJTR MBTA VIA AGR FEC"
).split()
INDIAN = "WAP1 WAP4 WAP5 WAP7 WAG5 WAG7 WAG9 WAG9HC WAG12B WDM2 WDM3A WDM3D WDG3A WDG4 WDG4D WDP4 WDP4B WDP4D WDS6 WCAM3 WCG2 YAM1 ZDM3 ZDM5 NDM5".split()
CHINESE = (
    "HXD1 HXD1B HXD1C HXD1D HXD2 HXD2B HXD2C HXD3 HXD3B HXD3C HXD3D HXN3 HXN3B HXN5 HXN5B FXD1 FXD3 FXN3 FXN5C DF4B DF4C DF4D DF5 DF7C DF7G"
    " DF8B DF10D DF11 DF11G DF12 SS1 SS3 SS4 SS4G SS6B SS7C SS7D SS7E SS8 SS9 SS9G CRH1A CRH2A CRH3C CRH5A CRH6A CRH380A CR400AF CR400BF CR300AF"
).split()
JAPANESE = "EF15 EF58 EF62 EF63 EF64 EF65 EF66 EF81 EF200 EF210 EF510 EH10 EH200 EH500 EH800 ED75 ED76 ED79 DD13 DD51 DE10 DE11 DE15 DF50 DF200 DD200 HD300".split()


def ir11_check(ten):
    """Check digit of an Indian wagon number from its first ten digits."""
    numbers = [int(d) for d in ten]
    return str(-(3 * sum(numbers[1::2]) + sum(numbers[0::2])) % 10)


class Numbers:
    """Draws texts. Everything follows from the generator given."""

    def __init__(self, rng: np.random.Generator):
        self.rng = rng
        self.schemes = (
            (0.16, self.evn), (0.07, self.wagon), (0.09, self.short), (0.06, self.short_four), (0.09, self.cis8), (0.17, self.cis_series),
            (0.08, self.aar), (0.05, self.indian), (0.03, self.indian_wagon), (0.07, self.chinese), (0.05, self.japanese), (0.08, self.plain),
        )  # fmt: skip
        self.shares = np.array([share for share, _ in self.schemes])
        self.shares /= self.shares.sum()

    def pick(self, options):
        return options[int(self.rng.integers(len(options)))]

    def chance(self, share):
        return self.rng.random() < share

    def digits(self, count, first=DIGITS):
        return self.pick(first) + "".join(DIGITS[i] for i in self.rng.integers(0, 10, count - 1))

    def scheme(self):
        """A number of one of the schemes."""
        return self.schemes[int(self.rng.choice(len(self.schemes), p=self.shares))][1]()

    def anything(self, longest=13):
        """A random string: every shape as often as any other, or digits with the thin and the round ones more often."""
        length = int(self.rng.integers(1, longest + 1))
        signs = ALPHABET if self.chance(0.7) else self.pick(("0123456789", "1111011711I1", "0689З853ЭБ6G8B", "ЩШЦЧЪЫЮЖДЛЬЯИЙ".replace("Ъ", "Ь")))
        text = "".join(self.pick(signs) for _ in range(length))
        return text.strip("-/") or self.pick(DIGITS)

    def evn(self):
        """European vehicle number of traction, whole or without its first digits, sometimes with the keeper."""
        body = self.digits(1, "9") + self.digits(1) + self.pick(COUNTRIES) + self.digits(4) + self.digits(3)
        text = self.pick(("{} {} {} {}-{}", "{} {} {} {} {}", "{}{}{}{}-{}", "{} {} {} {}-{}", "{}{}{}{}{}"))
        whole = text.format(body[:2], body[2:4], body[4:8], body[8:], luhn(body))
        if self.chance(0.3):
            return f"{whole} {self.pick(KEEPERS)}" if self.chance(0.4) else f"{body[4:8]} {body[8:]}-{luhn(body)}"
        return whole

    def wagon(self):
        body = self.digits(1, "012345678") + self.digits(1) + self.pick(COUNTRIES) + self.digits(7)
        if self.chance(0.35):  # the line below the keeper's
            return f"{body[4:8]} {body[8:]}-{luhn(body)}"
        return f"{body[:2]} {body[2:4]} {body[4:8]} {body[8:]}-{luhn(body)}"

    def short(self):
        body = self.digits(6, "1234567")
        return self.pick(("{} {}-{}", "{}{}-{}", "{} {} {}", "{}{}{}", "{}-{}-{}")).format(body[:3], body[3:], luhn(body))

    def short_four(self):
        body = self.digits(7, "1246789")
        check = luhn(body)
        return self.pick((f"{body[:4]} {body[4:]}-{check}", f"{body[:4]} {body[4:]}", f"{body[:4]}-{body[4:]}", f"{body[:4]}.{body[4:]}"))

    def cis8(self):
        body = self.digits(7, "01123456789")
        text = body + luhn(body)
        return text if self.chance(0.8) else f"{text[:4]} {text[4:]}"

    def cis_series(self):
        series = self.pick(CIS_SERIES)
        number = self.digits(int(self.rng.integers(3, 5)))
        text = self.pick(("{}-{}", "{}-{}", "{} {}", "{} - {}", "{}{}")).format(series, number)
        if self.chance(0.25):
            return series if self.chance(0.5) else number
        return text + (self.pick("АБВГ") if self.chance(0.2) else "")

    def aar(self):
        number = self.digits(int(self.rng.choice((3, 4, 5, 6), p=(0.15, 0.6, 0.1, 0.15))), "123456789")
        return number if self.chance(0.3) else f"{self.pick(AAR_MARKS)} {number}"

    def indian(self):
        which = self.rng.random()
        if which < 0.35:
            return self.pick(INDIAN)
        return self.digits(5, "1234567") if which < 0.75 else f"{self.pick(INDIAN)} {self.digits(5, '1234567')}"

    def indian_wagon(self):
        ten = self.digits(10, "1234")
        return ten + ir11_check(ten)

    def chinese(self):
        text = self.pick(("{} {}", "{}-{}", "{}{}"))
        return text.format(self.pick(CHINESE), self.digits(4))

    def japanese(self):
        return f"{self.pick(JAPANESE)}{self.pick(('-', ' ', '-'))}{self.digits(int(self.rng.integers(1, 5)), '123456789')}"

    def plain(self):
        """British, and the short numbers of yards and works."""
        if self.chance(0.5):
            return self.digits(5, "123456789") if self.chance(0.6) else f"{self.digits(2, '23456789')} {self.digits(3)}"
        return self.digits(int(self.rng.integers(1, 5)), "123456789")
