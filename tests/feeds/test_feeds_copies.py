"""Wire copies are found through cuts and additions; texts of their own are not taken for copies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from archive_kit import new_archive
from hypothesis import given
from hypothesis import strategies as st

from archive import Archive, articles, ids
from archive.types import Article
from feeds.copies import AT_MOST, Kinship, sample, settle, trace

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

TEXTS = {
    "en": """
Yerevan will not send a delegation to the next meeting of the alliance's defence ministers, the
ministry said on Monday, repeating that the country's participation has been suspended since the
beginning of last year. A spokesman told reporters that no decision on a formal withdrawal had been
taken and that the question would be put to parliament after the summer recess. The border guards
who used to serve at the airport left their post in August, and the checkpoint has been staffed by
the national service since then. Opposition members called the step hasty and warned that gas prices
could follow, while the head of the foreign affairs committee said that trade with the neighbour had
never been larger. Analysts in the capital expect that the government will move slowly, because
exports of fruit and brandy depend on a single market and a single road through the mountains.
""",
    "ru": """
Ереван не направит делегацию на очередное заседание министров обороны союза, сообщили в понедельник
в ведомстве, напомнив, что участие страны заморожено с начала прошлого года. Представитель
министерства сказал журналистам, что решение о формальном выходе пока не принято и что вопрос будет
вынесен на рассмотрение парламента после летних каникул. Пограничники, которые раньше несли службу в
аэропорту, оставили свой пост в августе, и с тех пор пропускной пункт обслуживает национальная
служба. Депутаты от оппозиции назвали этот шаг поспешным и предупредили, что следом могут вырасти
цены на газ, а глава комиссии по внешним связям заявил, что торговля с соседом ещё никогда не была
такой большой. Аналитики в столице ожидают, что правительство будет двигаться медленно, поскольку
вывоз фруктов и коньяка зависит от одного рынка и одной дороги через горы.
""",
    "hy": """
Երևանը պատվիրակություն չի ուղարկի դաշինքի պաշտպանության նախարարների հաջորդ նիստին, հայտնել են
երկուշաբթի օրը նախարարությունից՝ հիշեցնելով, որ երկրի մասնակցությունը սառեցված է անցյալ տարվա
սկզբից։ Խոսնակը լրագրողներին ասել է, որ պաշտոնապես դուրս գալու մասին որոշում դեռ չի կայացվել, և
հարցը կներկայացվի խորհրդարանին ամառային արձակուրդից հետո։ Սահմանապահները, որոնք նախկինում
ծառայում էին օդանավակայանում, օգոստոսին լքել են իրենց դիրքը, և այդ ժամանակից ի վեր անցակետը
սպասարկում է ազգային ծառայությունը։ Ընդդիմադիր պատգամավորները քայլը անվանել են հապճեպ և զգուշացրել,
որ կարող են բարձրանալ գազի գները, իսկ արտաքին հարաբերությունների հանձնաժողովի նախագահը հայտարարել է,
որ հարևանի հետ առևտուրը երբեք այսքան մեծ չի եղել։ Մայրաքաղաքի վերլուծաբանները կարծում են, որ
կառավարությունը դանդաղ կշարժվի, քանի որ մրգի և կոնյակի արտահանումը կախված է մեկ շուկայից և լեռներով
անցնող մեկ ճանապարհից։
""",
}
OTHER = {
    "en": """
The museum on the hill opened its new wing on Saturday with an exhibition of medieval manuscripts,
some of which had not been shown since the fire. Visitors queued along the avenue from early in the
morning, and the director said that he had counted more guests in one day than in the whole of the
previous month. Restorers worked on the bindings for three years with parchment brought from abroad,
and schoolchildren will be let in free of charge until the spring.
""",
    "ru": """
Музей на холме открыл в субботу новое крыло выставкой средневековых рукописей, часть которых не
показывали со времени пожара. Посетители с раннего утра стояли в очереди вдоль проспекта, и директор
сказал, что насчитал за один день больше гостей, чем за весь предыдущий месяц. Реставраторы три года
работали над переплётами с пергаментом, привезённым из-за границы, а школьников до весны будут
пускать бесплатно.
""",
    "hy": """
Բլրի վրայի թանգարանը շաբաթ օրը բացեց իր նոր մասնաշենքը միջնադարյան ձեռագրերի ցուցադրությամբ, որոնց
մի մասը հրդեհից հետո չէր ցուցադրվել։ Այցելուները վաղ առավոտից հերթ էին կանգնել պողոտայի երկայնքով,
և տնօրենն ասաց, որ մեկ օրում ավելի շատ հյուր է հաշվել, քան ամբողջ նախորդ ամսվա ընթացքում։
Վերականգնողները երեք տարի աշխատել են կազմերի վրա, իսկ դպրոցականներին մինչև գարուն անվճար կթողնեն։
""",
}


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    held = new_archive(tmp_path)
    yield held
    held.engine.dispose()


def store(archive: Archive, name: str, text: str, at: datetime = NOW, outlet: str = "") -> Article:
    """Do what collecting does with one article."""
    url = f"https://{name}.example/1"
    article = Article(
        id=ids.article_id(url),
        url=url,
        title=name,
        text=text,
        lang="en",
        outlet=outlet or name,
        published=at,
        first_seen=at,
        content_hash=ids.content_hash(name, text),
    )
    hashes = sample(text)
    with archive.write() as connection:
        kin = trace(connection, article, hashes, at)
        article = replace(article, copy_of=kin.copy_of, origin=kin.origin)
        articles.put(connection, article, hashes)
        if kin.displaced:
            settle(connection, article, kin)
    return article


def sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.։])\s+", " ".join(text.split()))


@pytest.mark.parametrize("lang", ["en", "ru", "hy"])
def test_copies_through_cuts_and_additions(lang: str, archive: Archive) -> None:
    text, other = TEXTS[lang], OTHER[lang]
    parts = sentences(text)
    half = " ".join(parts[: len(parts) // 2 + 1])
    first = store(archive, "wire", text)
    assert first.copy_of is None
    assert first.origin == first.id
    copies = {
        "same": text,
        "shouting": text.upper(),
        "respaced": " — ".join(parts).replace(",", " ,"),
        "dateline": f"EREVAN, 24/11 (Wire) — {text} Sent by the wire.",
        "half": half,
        "reordered": " ".join([*parts[3:], *parts[:2]]),
        "expanded": text + other,
        "inside": " ".join(sentences(other)[:2])
        + " "
        + half
        + " "
        + " ".join(sentences(other)[2:]),
    }
    for name, copied in copies.items():
        copy = store(archive, name, copied)
        assert copy.copy_of is not None, name
        assert copy.origin == first.id, name


@pytest.mark.parametrize("lang", ["en", "ru", "hy"])
def test_texts_of_their_own_are_not_copies(lang: str, archive: Archive) -> None:
    store(archive, "wire", TEXTS[lang])
    quoting = OTHER[lang] + " " + sentences(TEXTS[lang])[0]
    assert store(archive, "museum", OTHER[lang]).copy_of is None
    assert store(archive, "quoting", quoting).origin == ids.article_id("https://museum.example/1")
    for another in set(TEXTS) - {lang}:
        assert store(archive, another, TEXTS[another]).copy_of is None


BULLETIN = """
The central bank set the rates for {day}: the dollar stands at {usd} drams, the euro at {eur} drams
and the rouble at {rub} drams. Compared with the day before the dollar changed by {a} drams and the
euro by {b} drams. On the stock exchange {deals} deals worth {sum} million drams were made, and the
average rate of the session was published on the site of the bank in the afternoon as on every
working day. The price of gold is {gold} drams a gram, silver stands where it was. The bank reminds
citizens that exchange offices must show their rates at the entrance, give a receipt for every
transaction and may not charge a commission for the exchange of damaged notes, and that complaints
are taken by the mediator of the financial system at any time of the day, also by telephone.
"""


def test_a_daily_bulletin_with_new_numbers_is_not_a_copy(archive: Archive) -> None:
    monday = BULLETIN.format(
        day="23.11.2026",
        usd=381.52,
        eur=442.1,
        rub=4.91,
        a=0.4,
        b=1.2,
        deals=14,
        sum=31.5,
        gold=50123,
    )
    tuesday = BULLETIN.format(
        day="24.11.2026",
        usd=380.97,
        eur=440.8,
        rub=4.89,
        a=0.6,
        b=1.3,
        deals=11,
        sum=22.4,
        gold=50340,
    )
    store(archive, "bank", monday, NOW - timedelta(days=1))
    assert store(archive, "bank2", tuesday).copy_of is None
    copy = store(archive, "paper", tuesday.replace("24.11.2026", "Tuesday, 24 November"))
    assert copy.copy_of == ids.article_id("https://bank2.example/1")


def test_an_old_text_is_not_an_original(archive: Archive) -> None:
    store(archive, "old", TEXTS["en"], NOW - timedelta(days=61))
    assert store(archive, "new", TEXTS["en"]).copy_of is None


def test_within_the_window_it_is(archive: Archive) -> None:
    old = store(archive, "old", TEXTS["en"], NOW - timedelta(days=59))
    assert store(archive, "new", TEXTS["en"]).origin == old.id


def test_the_origin_of_a_copy_of_a_copy_is_the_first(archive: Archive) -> None:
    parts = sentences(TEXTS["en"])
    wire = store(archive, "wire", " ".join(parts[:3]))
    paper = store(archive, "paper", TEXTS["en"])
    site = store(archive, "site", " ".join(parts[2:]))
    assert paper.copy_of == wire.id
    assert site.copy_of == paper.id
    assert site.origin == wire.id


def test_an_edited_original_does_not_become_its_copys_copy(archive: Archive) -> None:
    wire = store(archive, "wire", TEXTS["en"])
    store(archive, "paper", TEXTS["en"])
    edited = replace(wire, text=TEXTS["en"] + " Corrected.")
    with archive.write() as connection:
        kin = trace(connection, edited, sample(edited.text), NOW + timedelta(hours=1))
    assert kin == Kinship(None, wire.id)


def test_short_texts_are_copies_only_of_what_shares_enough(archive: Archive) -> None:
    short = "Talks on the base will go on next week in the capital, the ministry said."
    first = store(archive, "flash", short)
    assert store(archive, "flash2", short).origin == first.id
    assert store(archive, "tiny", "Talks will go on.").copy_of is None
    assert store(archive, "tiny2", "Talks will go on.").copy_of is None
    assert store(archive, "empty", "").copy_of is None


@pytest.mark.parametrize("lang", ["en", "ru", "hy"])
def test_sample_keeps_about_one_in_eight(lang: str) -> None:
    count = len(re.findall(r"\w+", TEXTS[lang])) - 4
    assert count / 16 < len(sample(TEXTS[lang])) < count / 4


def test_sample_folds_what_editors_change() -> None:
    plain = "Её решение о выходе и ещё три вопроса обсудят в среду"
    assert sample(plain) == sample("ЕЕ РЕШЕНИЕ «о выходе», и еще три вопроса: обсудят в среду!")
    assert sample("Հայաստանը և Ռուսաստանը քննարկել են հարցը") == sample(
        "ՀԱՅԱՍՏԱՆԸ ԵՒ ՌՈՒՍԱՍՏԱՆԸ քննարկել են հարցը"
    )


@given(st.lists(st.text(min_size=1), max_size=50).map(" ".join))
def test_sample_is_sorted_and_fits_a_signed_64_bit_column(text: str) -> None:
    hashes = sample(text)
    assert hashes == sorted(set(hashes))
    assert all(-(2**63) <= value < 2**63 for value in hashes)
    assert hashes == sample(text)


def test_sample_is_bounded() -> None:
    assert len(sample(" ".join(str(n) for n in range(20_000)))) == AT_MOST
