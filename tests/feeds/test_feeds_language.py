"""Which language a text is in: by its script, by a letter, by statistics, or as declared."""

from __future__ import annotations

import pytest

from feeds.language import detect


@pytest.mark.parametrize(
    ("text", "declared", "lang"),
    [
        ("Armenia will not send troops to the exercise, its ministry said", "ru", "en"),
        ("Армения не направит военных на учения, сообщило министерство", "en", "ru"),
        ("Հայաստանը զինվորականներ չի ուղարկի հաջորդ ամիս", "en", "hy"),
        ("Հայաստանի Հանրապետութեան վարչապետը յայտարարեց", "en", "hy"),  # Western Armenian
        ("Այո", "en", "hy"),
        ("Да", "ru", "ru"),
        ("Да", "bg", "bg"),
        ("1234 5678", "hy", "hy"),
        ("", "ru", "ru"),
        ("Միջազգային NATO և EU", "en", "hy"),
        ("Уряд України повідомив, що переговори щодо угоди відбудуться у Києві", "ru", "uk"),
        ("Урад Беларусі паведаміў, што перамовы аб пагадненні адбудуцца ў Мінску", "ru", "be"),
        ("Правителството съобщи, че преговорите за споразумението ще се проведат", "ru", "bg"),
        ("საქართველოს მთავრობამ განაცხადა", "en", "ka"),
        ("Η κυβέρνηση ανακοίνωσε τις συνομιλίες", "en", "el"),
        ("Danışıqlar gələn həftə Bakıda davam etdiriləcək", "tr", "az"),
        ("Azərbaycan", "en", "az"),
        ("Görüşmelerin gelecek hafta Ankara'da devam edeceği açıklandı", "az", "tr"),
        ("دولت اعلام کرد که گفتگوها هفته آینده در تهران ادامه خواهد یافت", "en", "fa"),
        ("Le gouvernement a annoncé que les pourparlers reprendraient en automne", "en", "fr"),
        ("Die Regierung teilte mit, dass die Gespräche im Herbst weitergehen", "en", "de"),
    ],
)
def test_languages(text: str, declared: str, lang: str) -> None:
    assert detect(text, declared) == lang
