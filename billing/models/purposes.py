"""The tax-privileged purposes by their number in AO 52 (2), 53 and 54, and which of them make dues not deductible.

Each purpose stands in two cases, because the official forms need both: "wegen Förderung der Jugendhilfe" and "Wir fördern
die Jugendhilfe". German only: the text goes into an official form.
"""

from collections.abc import Iterable, Sequence

PURPOSES: dict[str, tuple[str, str]] = {
    "1": ("von Wissenschaft und Forschung", "Wissenschaft und Forschung"),
    "2": ("der Religion", "die Religion"),
    "3": ("des öffentlichen Gesundheitswesens und der öffentlichen Gesundheitspflege",
          "das öffentliche Gesundheitswesen und die öffentliche Gesundheitspflege"),
    "4": ("der Jugend- und Altenhilfe", "die Jugend- und Altenhilfe"),
    "5": ("von Kunst und Kultur", "Kunst und Kultur"),
    "5f": ("von Kunst und Kultur", "Kunst und Kultur"),
    "6": ("des Denkmalschutzes und der Denkmalpflege", "den Denkmalschutz und die Denkmalpflege"),
    "7": ("der Erziehung, Volks- und Berufsbildung einschließlich der Studentenhilfe",
          "die Erziehung, Volks- und Berufsbildung einschließlich der Studentenhilfe"),
    "8": ("des Naturschutzes, der Landschaftspflege und des Umweltschutzes, einschließlich des Klimaschutzes, des "
          "Küstenschutzes und des Hochwasserschutzes",
          "den Naturschutz, die Landschaftspflege und den Umweltschutz, einschließlich des Klimaschutzes, des "
          "Küstenschutzes und des Hochwasserschutzes"),
    "9": ("des Wohlfahrtswesens", "das Wohlfahrtswesen"),
    "10": ("der Hilfe für Verfolgte, Flüchtlinge und Vertriebene, für Kriegs- und Katastrophenopfer",
           "die Hilfe für Verfolgte, Flüchtlinge und Vertriebene, für Kriegs- und Katastrophenopfer"),
    "11": ("der Rettung aus Lebensgefahr", "die Rettung aus Lebensgefahr"),
    "12": ("des Feuer-, Arbeits-, Katastrophen- und Zivilschutzes sowie der Unfallverhütung",
           "den Feuer-, Arbeits-, Katastrophen- und Zivilschutz sowie die Unfallverhütung"),
    "13": ("internationaler Gesinnung, der Toleranz auf allen Gebieten der Kultur und des Völkerverständigungsgedankens",
           "internationale Gesinnung, die Toleranz auf allen Gebieten der Kultur und den Völkerverständigungsgedanken"),
    "14": ("des Tierschutzes", "den Tierschutz"),
    "15": ("der Entwicklungszusammenarbeit", "die Entwicklungszusammenarbeit"),
    "16": ("von Verbraucherberatung und Verbraucherschutz", "Verbraucherberatung und Verbraucherschutz"),
    "17": ("der Fürsorge für Strafgefangene und ehemalige Strafgefangene",
           "die Fürsorge für Strafgefangene und ehemalige Strafgefangene"),
    "18": ("der Gleichberechtigung von Frauen und Männern", "die Gleichberechtigung von Frauen und Männern"),
    "19": ("des Schutzes von Ehe und Familie", "den Schutz von Ehe und Familie"),
    "20": ("der Kriminalprävention", "die Kriminalprävention"),
    "21": ("des Sports", "den Sport"),
    "22": ("der Heimatpflege, Heimatkunde und der Ortsverschönerung",
           "die Heimatpflege, Heimatkunde und die Ortsverschönerung"),
    "23": ("der Tierzucht, der Pflanzenzucht, der Kleingärtnerei, des traditionellen Brauchtums einschließlich des Karnevals, "
           "der Soldaten- und Reservistenbetreuung, des Amateurfunkens, des Freifunks, des Modellflugs und des Hundesports",
           "die Tierzucht, die Pflanzenzucht, die Kleingärtnerei, das traditionelle Brauchtum einschließlich des Karnevals, "
           "die Soldaten- und Reservistenbetreuung, das Amateurfunken, den Freifunk, den Modellflug und den Hundesport"),
    "24": ("des demokratischen Staatswesens", "das demokratische Staatswesen"),
    "25": ("des bürgerschaftlichen Engagements zugunsten gemeinnütziger, mildtätiger und kirchlicher Zwecke",
           "das bürgerschaftliche Engagement zugunsten gemeinnütziger, mildtätiger und kirchlicher Zwecke"),
    "26": ("der Unterhaltung und Pflege von Friedhöfen und Gedenkstätten", "die Unterhaltung und Pflege von Friedhöfen und Gedenkstätten"),
    "53": ("mildtätiger Zwecke", "mildtätige Zwecke"),
    "54": ("kirchlicher Zwecke", "kirchliche Zwecke"),
}  # fmt: skip
# EStG 10b (1) sentence 8: sport, culture that serves leisure first of all, local heritage, and what no. 23 names.
NO_DUES = frozenset({"5f", "21", "22", "23"})
LEISURE = "5f"


def known(codes: Iterable[str]) -> list[str]:
    """The codes in the order of the law."""
    chosen = set(codes)
    return [code for code in PURPOSES if code in chosen]


def dues_deductible(codes: Iterable[str]) -> bool:
    """Whether donors may deduct membership dues: one purpose of the list is enough to rule all dues out."""
    return not NO_DUES.intersection(codes)


def of_purposes(codes: Iterable[str]) -> str:
    """`der Jugend- und Altenhilfe und des Sports`: what follows "zur Förderung"."""
    return joined([PURPOSES[code][0] for code in known(codes)])


def the_purposes(codes: Iterable[str]) -> str:
    """`die Jugend- und Altenhilfe und den Sport`: what follows "Wir fördern nach unserer Satzung"."""
    return joined([PURPOSES[code][1] for code in known(codes)])


def joined(phrases: Sequence[str]) -> str:
    """Commas, and a word before the last one that cannot be mistaken for a part of a phrase."""
    once = list(dict.fromkeys(phrases))
    return once[0] if len(once) == 1 else f"{', '.join(once[:-1])} sowie {once[-1]}" if once else ""
