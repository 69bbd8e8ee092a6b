"""Surnames of twenty countries as a table, from the package faker (MIT licence): country, name.

pip install faker
python benchmarks/surnames_by_country.py > surnames.csv
textgan train surnames.csv --labels country --preset quickstart --length 16
"""

import csv
import sys
from importlib import import_module

COUNTRIES = {
    "Croatian": "hr_HR",
    "Czech": "cs_CZ",
    "Dutch": "nl_NL",
    "English": "en_US",
    "Finnish": "fi_FI",
    "French": "fr_FR",
    "German": "de_DE",
    "Greek": "el_GR",
    "Hungarian": "hu_HU",
    "Italian": "it_IT",
    "Japanese": "ja_JP",
    "Lithuanian": "lt_LT",
    "Norwegian": "no_NO",
    "Polish": "pl_PL",
    "Portuguese": "pt_PT",
    "Romanian": "ro_RO",
    "Russian": "ru_RU",
    "Spanish": "es_ES",
    "Swedish": "sv_SE",
    "Turkish": "tr_TR",
}


def surnames(locale: str) -> list[str]:
    """The distinct surnames of a locale, those of women and men together."""
    provider = import_module(f"faker.providers.person.{locale}").Provider
    kinds = [name for name in dir(provider) if "last_names" in name]
    return sorted({each for kind in kinds for each in getattr(provider, kind)})


def main() -> None:
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(("country", "name"))
    for country, locale in COUNTRIES.items():
        table.writerows((country, name) for name in surnames(locale))


if __name__ == "__main__":
    main()
