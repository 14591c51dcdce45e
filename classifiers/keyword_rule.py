"""The boolean baseline: alert words for each signal, as somebody would type them into an alert.

An article fires a signal's rule when it names Armenia **and** at least one of the signal's words,
in English, Russian or Armenian. A star stands for any ending; words all in capitals are matched as
they stand. The rule knows nothing of who did what: that is what it is there to show.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from archive.types import Article

from .lexicon import Concept, Lexicon
from .reading import read_article

PARTY = """
armenia*, yerevan*, pashinyan*, pashinian*
армен*, армян*, ереван*, пашинян*
հայաստան*, երևան*, փաշինյան*, ՀՀ
"""
TOPICS = {
    "csto_snub": """
        CSTO, collective security, CIS, EAEU, EEU, eurasian economic union, eurasian union
        ОДКБ, коллективной безопасности, СНГ, ЕАЭС, евразийск* экономическ*
        ՀԱՊԿ*, հավաքական անվտանգության, ԱՊՀ*, ԵԱՏՄ*, եվրասիական տնտեսական
        """,
    "western_drills": """
        joint drill*, joint exercise*, military exercise*, eagle partner, military training, NATO,
        peace facility
        учения, учениях, учений, НАТО, военн* сотрудничеств*, фонд* мира
        զորավարժ*, ՆԱՏՕ*, ռազմական համագործակց*, խաղաղության հիմնադրամ*
        """,
    "arms_diversification": """
        weapon*, arms, howitzer*, air defence, air defense, radar*, armoured vehicle*, missile*
        оруж*, вооружени*, гаубиц*, ПВО, радар*, бронемашин*, ракет*
        զենք*, սպառազին*, հաուբից*, ՀՕՊ*, ռադար*, հրթիռ*
        """,
    "trade_retaliation": """
        ban, bans, banned, import*, customs, rosselkhoznadzor, rospotrebnadzor, gas price*, brandy,
        mineral water, sanctions
        запрет*, импорт*, ввоз*, таможн*, россельхознадзор*, роспотребнадзор*, цен* на газ, коньяк*
        արգել*, ներմուծ*, մաքս*, ռոսսելխոզնադզոր*, ռոսպոտրեբնադզոր*, գազի գին*, կոնյակ*
        """,
    "icc_accession": """
        ICC, rome statute, international criminal court, extradit*, espionage, spy, spies,
        broadcast*
        МУС, римск* статут*, уголовн* суд*, экстрадиц*, шпион*, вещани*
        ՄՔԴ*, հռոմի, քրեական դատարան*, արտահանձն*, լրտես*, հեռարձակ*
        """,
    "western_alignment": """
        EU, european union, brussels, visa*, strategic partnership, state department, macron
        ЕС, евросоюз*, брюссел*, виз*, стратегическ* партнерств*, госдеп*, макрон*
        ԵՄ*, եվրամիություն*, բրյուսել*, վիզա*, ռազմավարական գործընկեր*, պետդեպարտամենտ*, մակրոն*
        """,
    "russian_presence": """
        military base*, russian base*, 102nd, gyumri, border guard*, peacekeeper*, zvartnots,
        railway*
        военн* баз*, российск* баз*, гюмри*, пограничник*, миротворц*, звартноц*, железн* дорог*
        ռազմաբազ*, ռազմակայան*, գյումրի*, սահմանապահ*, խաղաղապահ*, զվարթնոց*, երկաթուղ*
        """,
    "public_rift": """
        accus*, blame*, zakharova, peskov, summon*, protest note, coup, hybrid, meddling, unfriendly
        обвин*, захаров*, песков*, нот* протеста, переворот*, гибридн*, вмешательств*, недружествен*
        մեղադր*, զախարով*, պեսկով*, բողոքի նոտա*, հեղաշրջ*, հիբրիդ*, միջամտ*
        """,
    "ukraine_alignment": """
        ukrain*, kyiv, kiev, zelensk*
        украин*, киев*, зеленск*
        ուկրաին*, կիև*, զելենսկ*
        """,
    "regional_opening": """
        turkey, turkish, turkiye, türkiye, ankara, peace treaty, zangezur, TRIPP, iran*, consulate
        турц*, турецк*, анкар*, мирн* договор*, зангезур*, иран*, консульств*
        թուրքիա*, թուրք*, անկարա*, խաղաղության պայմանագ*, զանգեզուր*, իրան*, հյուպատոս*
        """,
    "russia_reengagement": """
        putin, lavrov, mishustin, overchuk, trade turnover, allied, strategic ally, kremlin
        путин*, лавров*, мишустин*, оверчук*, товарооборот*, союзнич*, кремл*
        պուտին*, լավրով*, միշուստին*, օվերչուկ*, ապրանքաշրջանառ*, դաշնակց*, կրեմլ*
        """,
}
"""Alert words of the shipped signals; a signal that an analyst adds has none and never fires."""


class KeywordRule:
    """The rules of several signals, compiled to one matcher."""

    def __init__(self, codes: Sequence[str]) -> None:
        """Compile the rules of ``codes``; a code without words has a rule that never fires."""
        self._party = _words(PARTY)
        self._topics = [_words(TOPICS.get(code, "")) for code in codes]
        self._matcher = Lexicon(map(_keyword, sorted(self._party.union(*self._topics))))

    def hits(self, article: Article) -> list[frozenset[str]]:
        """Return the distinct words of each rule that fires, none for one that does not."""
        sentences = read_article(article, self._matcher).sentences
        found = {hit.term.id for sentence in sentences for hit in sentence.hits}
        if found.isdisjoint(self._party):
            return [frozenset() for _ in self._topics]
        return [frozenset(words & found) for words in self._topics]


def _words(text: str) -> frozenset[str]:
    return frozenset(word for part in re.split(r"[,\n]", text) if (word := part.strip()))


def _keyword(word: str) -> Concept:
    """Return the concept by which the lexicon's matcher finds ``word``, and nothing else."""
    return Concept(id=word, type="marker", actor="", en=(word,), ru=(), hy=())
